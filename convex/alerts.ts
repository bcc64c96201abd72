/** Alerts of rollups to a webhook, where the deployment names one. */
import { rollups } from "./rollups.js";

export const notify = rollups.webhook();
