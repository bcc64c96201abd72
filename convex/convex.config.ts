import rateLimiter from "@convex-dev/rate-limiter/convex.config.js";
import { defineApp } from "convex/server";
import { v } from "convex/values";
import rollups from "./components/rollups/convex.config.js";

const app = defineApp({
  env: {
    /** How many bytes of tiles all fold workers together may write per second (default 1 MiB). */
    ROLLUPS_WRITE_BYTES_PER_SECOND: v.optional(v.string()),
    /** Days that folded changes stay in the log, as an audit trail (default 30). */
    ROLLUPS_LOG_RETENTION_DAYS: v.optional(v.string()),
    /** Days that tiles past their retention stay stored before they are deleted (default 7). */
    ROLLUPS_RETENTION_GRACE_DAYS: v.optional(v.string()),
    /** How long a fold worker rests at least, and waits after the first write (default 5000). */
    ROLLUPS_REST_MS_MIN: v.optional(v.string()),
    /** How long it rests at most (default 45000). */
    ROLLUPS_REST_MS_MAX: v.optional(v.string()),
    /** How long the tiles of an answer may take by estimate; longer ones are refused (default 400). */
    ROLLUPS_ANSWER_MS_MAX: v.optional(v.string()),
    /** The token of `/metrics`, 16 characters or more; without one nobody gets them. */
    ROLLUPS_METRICS_TOKEN: v.optional(v.string()),
    /** The age of unfolded changes that the rules of docs/metrics warn of (default 120000). */
    ROLLUPS_FRESHNESS_WARN_MS: v.optional(v.string()),
    /** Where alerts are posted to; without it there are none. */
    ROLLUPS_ALERTS_URL: v.optional(v.string()),
    /** What they are signed with, 16 characters or more. */
    ROLLUPS_ALERTS_SECRET: v.optional(v.string()),
    /** Requests per minute that a member may send to Cube's API of a tenant (default 600). */
    CUBE_REQUESTS_PER_MINUTE: v.optional(v.string()),
  },
});
app.use(rollups);
app.use(rateLimiter);

export default app;
