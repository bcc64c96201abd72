/** Public mutations of stock movements. A positive quantity comes in, a negative one goes out. */
import { inventory } from "./cubes.js";
import { tenantMutation } from "./functions.js";
import { recordMany, recordOne, removeOne, updateOne, type Source } from "./sources/records.js";
import { inventoryShape } from "./sources/shapes.js";
import {
  recordArgs,
  recordBatchArgs,
  removeArgs,
  updateArgs,
  vBatchResult,
  vRemoved,
  vUpdated,
  vWritten,
} from "./sources/validators.js";

const source: Source = {
  table: "inventoryRecords",
  cube: inventory,
  shape: inventoryShape,
};

/** Stores one row `{key?, product, category, warehouse, kind, quantity, unitCost, occurredAt}`. */
export const record = tenantMutation({
  args: recordArgs,
  returns: vWritten,
  handler: (ctx, { row }) => recordOne(ctx, source, row),
});

/** Stores up to 1,000 rows; bad ones are rejected by index. */
export const recordBatch = tenantMutation({
  args: recordBatchArgs,
  returns: vBatchResult,
  handler: (ctx, { rows, ...how }) => recordMany(ctx, source, rows, how),
});

/** Changes some fields of a row. `before` has what they were. */
export const update = tenantMutation({
  args: updateArgs,
  returns: vUpdated,
  handler: (ctx, { id, patch }) => updateOne(ctx, source, id, patch),
});

/** Deletes a row and frees its key. Recorded again, the returned row is back. */
export const remove = tenantMutation({
  args: removeArgs,
  returns: vRemoved,
  handler: (ctx, { id }) => removeOne(ctx, source, id),
});
