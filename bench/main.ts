/**
 * `npm run bench`: side by side with other ways to answer; `npm run bench -- upkeep`: what upkeep takes;
 * `npm run bench -- browser`: what the dashboard takes in a browser; `npm run bench -- caches`: what hits of the cache take.
 */
const [first] = process.argv.slice(2);
if (first === "upkeep" || first === "browser" || first === "caches") process.argv.splice(2, 1);
await (first === "upkeep"
  ? import("./upkeep/main.js")
  : first === "browser"
    ? import("./browser/main.js")
    : first === "caches"
      ? import("./caches/main.js")
      : import("./sideBySide/main.js"));
export {};
