/** What apps import that ask ahead. */
export { Prefetch, type PrefetchOptions } from "./Prefetch.js";
export type { Keep } from "./Memory.js";
export type { PrefetchFigures } from "./figures.js";
export { usePrefetch, type IntentProps, type PrefetchOfScreen } from "./usePrefetch.js";
