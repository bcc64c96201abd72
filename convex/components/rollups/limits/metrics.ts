/** Every bound of a reading of metrics, with its reason. */
export const metricsLimits = {
  /** Tenants that are named, the furthest behind first: each is a handful of series in Prometheus. */
  tenants: 20,
  /** Tenants of one page that are awake: three documents and two index ranges each, a quarter of what a call may read, … */
  pageTenants: 500,
  /** … unless their oldest changes are in large rows, of 100 KB: about an eighth of the bytes. */
  pageBytes: 2 * 1024 * 1024,
  /** Pages of one reading: 20,000 tenants that are awake at once, where rows are small. Beyond it the reading says that it is cut. */
  pages: 40,
  /** Rollups with a freshness target that are told: two series each for each tenant that is named. */
  rollups: 20,
  /** Rows of a tenant are counted up to here: a figure at the bound means "at least", … */
  rows: 100,
  /** … and where they are large, before. */
  rowBytes: 128 * 1024,
};
