/** What all parts of the simulation agree on: the tenants, who reads what, and how a law breaks. */
export const tenantIds = ["north", "south"] as const;
/** Tables that the worker writes: no source mutation may read them. */
export const upkeepTables = new Set([
  ...["foldStates", "cubeFolds", "cubeSeams", "rollupStates", "rollupTiles", "backfills"],
  ...["repairs", "deadLetters"],
]);
/** Tables that the worker's transaction must leave unread. */
export const sourceTables = new Set(["sales", "visits", "changeLog"]);

/** A broken law. */
export class Broken extends Error {}
