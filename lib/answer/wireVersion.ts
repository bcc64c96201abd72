/**
 * The form in which catalog, tiles and tail travel to a browser. It goes up with each change that older code would
 * misread: a tab that was opened before a deploy has its questions answered by the backend from then on.
 */
export const WIRE_VERSION = 2;
