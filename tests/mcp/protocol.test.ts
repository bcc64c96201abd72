/** The protocol without a deployment: what is a message, and how a stream of lines is answered. */
import { Readable } from "node:stream";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../cli/demo/backendProcess.js";
import { askedBy, readMcpCommand } from "../../cli/rollups/mcp/command.js";
import { serve } from "../../cli/rollups/mcp/mcp.js";
import { readMessage } from "../../src/mcp/protocol.js";
import { served } from "../../src/mcp/served.js";
import { freePort } from "../../cli/demo/ports.js";

interface Answer {
  id: unknown;
  result?: { structuredContent?: { refusal?: { code: string; message: string } } };
  error?: { code: number };
}

/** What the lines are answered with, where no deployment answers. */
async function answersTo(chunks: readonly (string | Buffer)[]): Promise<Answer[]> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const asked = askedBy(readMcpCommand(["--url", url], {}));
  const said: string[] = [];
  await serve(Readable.from(chunks), (line) => said.push(line), asked);
  return said.map((line) => {
    expect(line).toMatch(/^[^\n]+\n$/);
    return JSON.parse(line) as Answer;
  });
}

const rpc = (method: string, params: object = {}, id: number = 1) =>
  `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`;

describe("a stream of lines", () => {
  test("is answered line by line, wherever it is cut", async () => {
    const text = rpc("ping") + rpc("tools/list", {}, 2) + rpc("nothing", { text: "ü€😀" }, 3);
    const bytes = Buffer.from(text);
    for (const size of [1, 7, 64, bytes.length]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const answers = await answersTo(chunks);
      expect(answers.map(({ id, error }) => [id, error?.code])).toEqual([
        [1, undefined],
        [2, undefined],
        [3, -32_601],
      ]);
    }
  });

  test("may hold anything: what is no message is refused, and the next one is answered", async () => {
    const notification = '{"jsonrpc":"2.0","method":"notifications/initialized"}\n';
    const long = `${"x".repeat(500_000)}\n`;
    const answers = await answersTo([
      ...["{\n", "\n", "  \r\n", "[]\n", notification, long, "x".repeat(300_000)],
      ...["x".repeat(300_000), "\n", rpc("ping").trimEnd()],
    ]);
    const told = answers.map(({ id, error }) => [id, error?.code]);
    expect(told).toHaveLength(5);
    expect(told).toEqual(
      expect.arrayContaining([
        [null, -32_700],
        [null, -32_600],
        [1, undefined],
      ]),
    );
  });

  test("is told that no deployment answers, by a code", async () => {
    const [answer] = await answersTo([rpc("tools/call", { name: "list" })]);
    expect(answer!.result!.structuredContent!.refusal).toMatchObject({
      ...{ code: "ServerError", kind: "unavailable" },
      message: expect.stringContaining("does not answer"),
    });
  });
});

test("the command takes its options from the environment, too, and refuses what it does not know", () => {
  const environment = { CONVEX_URL: "https://a.example/", ROLLUPS_TOKEN: "t", ROLLUPS_TENANT: "x" };
  const all = { url: "https://a.example", token: "t", tenant: "x" };
  expect(readMcpCommand([], environment)).toMatchObject(all);
  expect(readMcpCommand(["--tenant", "y", "--module", "m"], environment)).toMatchObject({
    ...{ ...all, tenant: "y", module: "m" },
  });
  for (const args of [[], ["--url", "nonsense"], ["--url", "http://a", "more"], ["--port", "1"]]) {
    expect(() => readMcpCommand(args, {})).toThrow(expect.objectContaining({ code: "BadUsage" }));
  }
});

test("a message's envelope of 2026 is whole, or it is refused", () => {
  const meta = (value: object) => ({
    jsonrpc: "2.0",
    id: 1,
    method: "ping",
    params: { _meta: value },
  });
  const version = "io.modelcontextprotocol/protocolVersion";
  const capabilities = { "io.modelcontextprotocol/clientCapabilities": {} };
  const codeOf = (json: unknown) => {
    const message = readMessage(json);
    return message.kind === "refused" ? message.error.code : message.kind;
  };
  expect(codeOf(meta({}))).toBe("request");
  expect(codeOf(meta({ [version]: "2026-07-28", ...capabilities }))).toBe("request");
  expect(codeOf(meta({ [version]: "2026-07-28" }))).toBe(-32_602);
  expect(codeOf(meta({ [version]: 5, ...capabilities }))).toBe(-32_602);
  expect(codeOf(meta({ [version]: "2026-07-29", ...capabilities }))).toBe(-32_022);
});

test("the server says the package's version", async () => {
  const text = await readFile(join(projectRoot, "package.json"), "utf8");
  expect(served.version).toBe((JSON.parse(text) as { version: string }).version);
});
