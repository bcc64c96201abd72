/** Every bound of a reading of metrics, with its reason. */
export const metricsLimits = {
  /** Tenants that are named, the furthest behind first: each is a handful of series in Prometheus. */
  tenants: 20,
  /** Documents of one page of tenants that are awake: two or three for each, … */
  pageDocuments: 3000,
  /** … and bytes, as the oldest change of a tenant may be in a row of 100 KB. Both are far below half of a call's. */
  pageBytes: 2 * 1024 * 1024,
  /** Pages of one reading: some 50,000 tenants that are awake at once. Beyond it the reading says that it is cut. */
  pages: 40,
  /** Rows of a tenant are counted up to here: a figure at the bound means "at least", … */
  rows: 100,
  /** … and where they are large, before. */
  rowBytes: 128 * 1024,
};
