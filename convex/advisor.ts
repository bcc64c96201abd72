/** What `npx convex-rollups advise` counts, for admins of a tenant. */
import { rollups } from "./rollups.js";

export const { standing, sample, written, stored } = rollups.advisor();
