/** Contexts of the component's functions: the raw ones, with what the app says and what time it is. */
import type {
  MutationCtx as RawMutationCtx,
  QueryCtx as RawQueryCtx,
} from "../_generated/server.js";
import type { App } from "./app.js";

interface Entered {
  app: App;
  /** Epoch ms. */
  now: number;
}

/** With what the answers of one call have read in common. */
export type QueryCtx = RawQueryCtx & Entered & { shared?: Map<string, Promise<unknown>> };
export type MutationCtx = RawMutationCtx & Entered;
