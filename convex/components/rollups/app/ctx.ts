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

export type QueryCtx = RawQueryCtx & Entered;
export type MutationCtx = RawMutationCtx & Entered;
