/** What hooks know of asking ahead: as much as lets an app hand it in, and none of its code. */
import type { ComponentType } from "react";
import type { AggregateQuery } from "./query.js";

/** `Prefetch` of `convex-rollups/react/prefetch`. A scope is a provider's, and a request one of its hooks'. */
export interface Prefetcher {
  /** Rendered below the provider; it shows nothing. */
  Feed: ComponentType;
  /** A question is on a screen, until what is returned is called. */
  saw(scope: object, request: object): () => void;
  /** Asks ahead what a person seems to be about to ask. */
  ahead(scope: object, queries: readonly AggregateQuery[]): void;
}
