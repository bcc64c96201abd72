/** `npm run bench`: side by side with other ways to answer; `npm run bench -- upkeep`: what upkeep takes. */
const [first] = process.argv.slice(2);
if (first === "upkeep") process.argv.splice(2, 1);
await (first === "upkeep" ? import("./upkeep/main.js") : import("./sideBySide/main.js"));
export {};
