/** What `export` says about itself. */
export const exportUsage = `npx convex-rollups export parquet|csv|ndjson --out FILE  what to export  [whom to ask]
  what to export
    --query FILE|JSON          the answer to a query in Cube's JSON
    --rollup NAME --cube NAME  the rows of a rollup by the cubes of the app in this folder [--dir FOLDER], at its finest
                               level or [--granularity LEVEL]; [--from DATE] [--to DATE], both inclusive
    --archive FILE             the rows of an archive of expired tiles, which asks no deployment; several may be given
    --timezone ZONE            of buckets, where it is not the tenant's
    --freshness live|folded    (live)
    --since FILE               a former export of the same: writes nothing where nothing has changed, and of a rollup
                               only the partitions that have
  whom to ask
    --url URL --token JWT | --admin-key KEY [--as SUBJECT] [--issuer URL]; else as npx convex finds its deployment
    --tenant ID [--tenant-argument NAME]  (tenantId)
    --module NAME              the module that exports load and meta (rollups)`;
