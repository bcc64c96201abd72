/** Waits for scheduled work, on whichever platform, by looking at the jobs themselves. */
import { internal } from "./fixture/convex/_generated/api.js";
import type { Platform } from "./platform.js";

const PATIENCE_MS = 15_000;

/** Resolves when no job that is due within a minute is left. */
export async function settle({ admin }: Platform): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while ((await admin.query(internal.jobs.open, {})) > 0) {
    if (Date.now() > deadline) throw new Error("Scheduled work did not end in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
