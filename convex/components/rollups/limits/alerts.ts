/** Every bound of alerts, with its reason. */
export const alertLimits = {
  /** A rollup is behind, or a worker does not come, for this long before it is told: one late fold is none. */
  holdMs: 60_000,
  /** An alert is over when all has been well for this long: several folds. */
  clearMs: 300_000,
  /** How often one alert is told in an hour: what comes and goes is told as it is at the end of the hour. */
  perHour: 4,
  /** How often all alerts of the deployment are: what stops all workers stops thousands of rollups. */
  deploymentPerHour: 100,
  /** An alert that is not over is looked at after this long, if nothing else has it looked at: 720 calls a month. */
  recheckMs: 3_600_000,
  /** A notification is tried this often, … */
  attempts: 6,
  /** … first again after this long, then after twice as long each time: for a quarter of an hour in all. */
  retryMs: 30_000,
};
