/** What the command says about itself. */
export const usage = `npx convex-rollups init [--dir FOLDER] [--table NAME] [--dry-run] [--yes]
      proposes a cube for a table, writes rollups.ts and the line in convex.config.ts
  npx convex-rollups check [--dir FOLDER]
      finds writes that rollups do not see, missing indexes and fields, a missing app.use
  npx convex-rollups suggest FILE [--dir FOLDER] [--json]
      proposes cubes and queries for functions that reduce all records of a table
  npx convex-rollups advise [--url URL] [--token JWT | --admin-key KEY --as SUBJECT [--issuer URL]] [--tenant ID]
      [--cube CUBE] [--patterns FILE|FUNCTION] [--records N] [--json] [--out FILE] | --since FILE
      proposes rollups to add, merge, narrow and drop by what people ask; later, what a proposal cost in the end
  npx convex-rollups mcp --url URL [--token JWT] [--tenant ID] [--tenant-argument NAME] [--module MODULE]
      answers agents by the Model Context Protocol over stdio; also CONVEX_URL, ROLLUPS_TOKEN, ROLLUPS_TENANT
  npx convex-rollups import TABLE FILE… [options]
      brings files of records into a table, each row once; import alone says how
  npx convex-rollups export parquet|csv|ndjson --out FILE --query FILE|JSON | --rollup NAME --cube NAME [options]
      writes an answer, or the rows of a rollup, to a file that names its commit; export --help says how
  npx convex-rollups gateway --url URL [--port 4000] [--host 127.0.0.1] [options]
      serves Cube's REST and WebSocket clients, events and streams from one subscription per question
  npx convex-rollups export cube [--dir FOLDER] [--out FOLDER]
      writes the cubes and their rollups as a data model for Cube
  npx convex-rollups import-model FILE… [--dir FOLDER] [--out FILE]
      proposes cubes.ts from a data model of Cube; also: import cube FILE…`;
