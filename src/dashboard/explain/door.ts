/** What is told of an answer's way, as one chunk: in a drawer, and beside Explore's answer. */
export { Explain } from "./Explain.js";
export { Route } from "./Route.js";
