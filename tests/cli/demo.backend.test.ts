/** The demo as a command: what it prints, what it refuses, and that it leaves nothing behind. */
import { afterAll, expect, test } from "vitest";
import { freePort, mustBeFree } from "../../cli/demo/ports.js";
import { stageLimits } from "../support/stage.js";
import { runCommand, startCommand, type Running } from "./runCommand.js";

const started: Running[] = [];
afterAll(async () => {
  for (const { pid, finished } of started) {
    try {
      process.kill(pid, "SIGTERM");
    } catch {
      // It has ended already, as it should have.
    }
    await finished;
  }
});

async function until(condition: () => boolean, withinMs = 120_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error("It did not come to that in time");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("says ready, loads everything, refuses a second one, and frees its ports at the end", async () => {
  const [port, sitePort] = [await freePort(), await freePort()];
  const args = ["--no-ui", "--records", "1500", "--port", `${port}`, "--site-port", `${sitePort}`];
  args.push("--limits", JSON.stringify(stageLimits));
  const demo = startCommand("demo", args);
  started.push(demo);
  await until(() => /^ready http:\/\/127\.0\.0\.1:\d+$/m.test(demo.output()));
  expect(demo.output()).toContain(
    `ready http://127.0.0.1:${port}\n` +
      `backend at http://127.0.0.1:${port}, HTTP actions at http://127.0.0.1:${sitePort}, profile production\n`,
  );
  await until(() => /^loaded /m.test(demo.output()));
  expect(demo.output()).toContain("loaded 3,000 records for 2 tenants");

  const second = await runCommand("demo", args);
  expect(second.status).toBe(1);
  expect(second.stderr).toMatch(/^PortInUse: Port \d+ is taken/m);

  process.kill(demo.pid, "SIGTERM");
  expect(await demo.finished).toMatchObject({
    status: 0,
    stderr: expect.not.stringContaining("Error"),
  });
  await mustBeFree(port, "--port");
  await mustBeFree(sitePort, "--site-port");
});
