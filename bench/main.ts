/**
 * `npm run bench`: side by side with other ways to answer; `npm run bench -- upkeep`: what upkeep takes;
 * `npm run bench -- browser`: what the dashboard takes in a browser.
 */
const [first] = process.argv.slice(2);
if (first === "upkeep" || first === "browser") process.argv.splice(2, 1);
await (first === "upkeep"
  ? import("./upkeep/main.js")
  : first === "browser"
    ? import("./browser/main.js")
    : import("./sideBySide/main.js"));
export {};
