/** The browser's engine: answers computed from a cube's records. The hooks fetch it when a tenant's flag is off. */
export { storeOf, watchStore, type StoreScope } from "./storeRegistry.js";
