/** Scheduled upkeep. Each does nothing, cheaply, when nothing is to do. */
import { cronJobs } from "convex/server";
import { internal } from "./_generated/api.js";

const crons = cronJobs();

// Workers whose iterations fail, whose jobs are gone or whose wake-up was lost; and deploys.
crons.interval("watch fold workers", { minutes: 2 }, internal.worker.watch.watch, {});

// What time brings, such as tiles past their retention.
crons.interval("kick fold workers", { hours: 24 }, internal.worker.kick.kickAll, {});

// A look at some tenants for records that capture missed; then passes of tenants that are due, as the
// budget allows.
crons.interval("verify rollups", { minutes: 5 }, internal.verification.chain.tick, {});

// Records of cubes that say how long they are kept; nothing where none do.
crons.interval("expire records", { minutes: 17 }, internal.expiry.expire.runAll, {});

// What is asked, by form; nothing where nobody reports it.
crons.interval("roll up question patterns", { hours: 1 }, internal.patterns.rollUp.rollUp, {});

export default crons;
