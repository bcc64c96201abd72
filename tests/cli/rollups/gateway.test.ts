/** The command line of `gateway`: what is wrong with it is told by a code before anything listens. */
import { createServer, type AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gatewayCommand } from "../../../cli/rollups/gateway/gateway.js";

const taken = createServer();
beforeAll(() => new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve)));
afterAll(() => new Promise((resolve) => taken.close(resolve)));

const run = (...args: string[]) =>
  gatewayCommand(args, { cwd: process.cwd(), asks: false, say: () => {} });
const url = "http://127.0.0.1:9";

test("a deployment has to be named by its address", async () => {
  await expect(run()).rejects.toMatchObject({ code: "NoDeployment" });
  await expect(run("--url", "acme")).rejects.toMatchObject({ code: "NoDeployment" });
});

test("unknown options, ports that are none and ports that are taken are refused", async () => {
  await expect(run("--url", url, "--ports", "1")).rejects.toMatchObject({ code: "BadUsage" });
  await expect(run("--url", url, "--port", "x")).rejects.toMatchObject({ code: "BadUsage" });
  await expect(run("acme", "--url", url)).rejects.toMatchObject({ code: "BadUsage" });
  const { port } = taken.address() as AddressInfo;
  await expect(run("--url", url, "--port", String(port))).rejects.toMatchObject({
    code: "PortInUse",
  });
});
