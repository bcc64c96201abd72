/** `npm run demo`: the whole product on this machine, with data, until Ctrl-C. */
import { runDemo } from "./demo/runDemo.js";
import { readDemoOptions } from "./demo/demoOptions.js";
import { watchParents } from "./demo/parentWatch.js";
import { describeError, Help } from "./failure.js";

const undo: (() => Promise<void> | void)[] = [];
let ending: Promise<void> | undefined;

/** Undoes everything, last first, once. */
function end(status: number): Promise<void> {
  ending ??= (async () => {
    for (const step of undo.reverse())
      try {
        await step();
      } catch (error) {
        process.stderr.write(`${describeError(error)}\n`);
      }
    process.exit(status);
  })();
  return ending;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => void end(0));
watchParents(() => void end(0));

try {
  const backend = await runDemo(
    readDemoOptions(process.argv.slice(2)),
    Date.now(),
    (stop) => undo.push(stop),
    { say: (line) => process.stdout.write(`${line}\n`) },
  );
  await backend.ended;
} catch (error) {
  if (error instanceof Help) {
    process.stdout.write(`${error.usage}\n`);
    await end(0);
  }
  // While shutting down, work that is cut off fails; that is no news.
  if (ending === undefined) {
    process.stderr.write(`${describeError(error)}\n`);
    await end(1);
  }
}
