/** `mcp`: the server of `src/mcp` over stdin and stdout, for agents that start their servers. Stdout holds messages alone. */
import {
  answerMessage,
  errorOf,
  INVALID_REQUEST,
  PARSE_ERROR,
  readMessage,
  type Response,
} from "../../../src/mcp/protocol.js";
import { served } from "../../../src/mcp/served.js";
import type { Asked } from "../../../src/mcp/tool.js";
import { askedBy, readMcpCommand } from "./command.js";
import { linesOf } from "./lines.js";

/** Messages that are answered at once; a client that sends more waits. */
const TOGETHER = 16;

/** Answers until stdin ends. Throws `BadUsage`. */
export async function mcpCommand(args: readonly string[]): Promise<void> {
  const asked = askedBy(readMcpCommand(args));
  await serve(process.stdin, (line) => process.stdout.write(line), asked);
}

/** Answers the lines of a stream, each as soon as it can be. */
export async function serve(
  input: AsyncIterable<Buffer | string>,
  say: (line: string) => void,
  asked: Asked,
): Promise<void> {
  const open = new Set<Promise<void>>();
  const tell = (response: Response) => say(`${JSON.stringify(response)}\n`);
  for await (const line of linesOf(input)) {
    const answering = answerLine(line, asked)
      .then((response) => {
        if (response !== null) tell(response);
      })
      .finally(() => open.delete(answering));
    open.add(answering);
    if (open.size >= TOGETHER) await Promise.race(open);
  }
  await Promise.all(open);
}

/** Null for a blank line, and for what is not answered. Fails never. */
async function answerLine(line: string | null, asked: Asked): Promise<Response | null> {
  if (line === null)
    return errorOf(null, { code: INVALID_REQUEST, message: "The line is too long" });
  if (line.trim() === "") return null;
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return errorOf(null, { code: PARSE_ERROR, message: "The line is not JSON" });
  }
  const message = readMessage(json);
  if (message.kind === "ignored") return null;
  if (message.kind === "refused") return errorOf(message.id, message.error);
  return await answerMessage(message.request, {
    ...served,
    call: (tool, args) => served.answering(tool, args, Date.now(), () => asked),
  });
}
