/** What the command says about itself. */
export const usage = `npx convex-rollups init [--dir FOLDER] [--table NAME] [--dry-run] [--yes]
      proposes a cube for a table, writes rollups.ts and the line in convex.config.ts
  npx convex-rollups check [--dir FOLDER]
      finds writes that rollups do not see, missing indexes and fields, a missing app.use
  npx convex-rollups import CUBE FILE… [options]
      brings a file of records into a tenant`;
