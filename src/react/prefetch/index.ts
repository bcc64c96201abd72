/** What apps import that ask ahead. */
export { Prefetch } from "./Prefetch.js";
export type { Keep, PrefetchOptions } from "./options.js";
export type { PrefetchFigures } from "./figures.js";
export { usePrefetch, type IntentProps, type PrefetchOfScreen } from "./usePrefetch.js";
