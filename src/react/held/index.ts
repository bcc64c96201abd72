/** The held half of the engine: answers computed from tiles that the browser holds. Fetched after the first paint. */
export { heldStoreOf, type HeldScope } from "./storeRegistry.js";
export type { HeldStore } from "./HeldStore.js";
