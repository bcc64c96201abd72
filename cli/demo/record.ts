/** The rows of the demo, as the public mutations take them. */

export type WatchRow = {
  key: string;
  videoId: string;
  title: string;
  channel: string;
  topics: string[];
  category: string;
  viewer: string;
  watchedAt: number;
  durationSeconds: number;
};

export type MovementKind = "receipt" | "shipment" | "adjustment" | "transfer" | "return";

export type InventoryRow = {
  key: string;
  product: string;
  category: string;
  warehouse: string;
  kind: MovementKind;
  quantity: number;
  unitCost: number;
  occurredAt: number;
};

/**
 * Rows of one tenant that belong into one batch: a record, or both halves of a transfer, so that no
 * answer ever sees goods that have left one warehouse and not reached the other.
 */
export type RowGroup<Row> = readonly Row[];

/** All groups of one tenant and cube, oldest first, made when asked for. */
export type Ledger<Row> = {
  /** Rows over all groups. */
  rows: number;
  groups: number;
  group(index: number): RowGroup<Row>;
};
