/** What the first screen reaches of Explore, as one chunk: the screen, and the way there from a card. */
export { Explore } from "./Explore.js";
export { stateOf } from "./reading.js";
