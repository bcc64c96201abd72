/**
 * NDJSON: a line about the answer, one for each row, and one that says how many there were. A stream that lacks the
 * last line was cut off. With `follow` the next answer comes as soon as there is one.
 */
import { RollupsError } from "../../lib/errors.js";
import { failureOf } from "../../src/cube/failures.js";
import { readRequest } from "../../src/cube/requests.js";
import type { Answer } from "../questions/answer.js";
import { isWait, type Outcome } from "../questions/question.js";
import type { Exchange } from "./exchange.js";
import type { Outlet } from "./outlet.js";
import type { Streams } from "./streams.js";

/** Throws what the question is refused with before the first answer. */
export async function sendLines(streams: Streams, exchange: Exchange): Promise<void> {
  const { caller, params } = exchange;
  const { queries } = readRequest(params);
  if (queries.length > 1) {
    const told = { path: "query", feature: "data blending" };
    throw new RollupsError("UnsupportedQuery", "Stream the queries of a list one by one.", told);
  }
  const follows = /^(1|true)$/.test(String(params["follow"] ?? ""));
  await streams.open(exchange, "\n", queries, caller, async (outlet, watch, first) => {
    outlet.begin({ "Content-Type": "application/x-ndjson; charset=utf-8" });
    for (let outcome: Outcome | null = first; outcome !== null;) {
      await send(streams, outlet, outcome);
      const isLast: boolean = !follows && !isWait(outcome);
      outcome = isLast ? null : await outlet.next(watch);
    }
  });
}

async function send({ counters }: Streams, outlet: Outlet, outcome: Outcome): Promise<void> {
  counters.add("sent");
  if (outcome.kind === "answer") {
    const bytes = await sendRows(outlet, outcome.answer);
    return counters.add("sent_bytes", bytes);
  }
  counters.add("refusals");
  const { status, body } = failureOf(outcome.error);
  await outlet.write(`${JSON.stringify({ status, ...body })}\n`);
}

/** The bytes of the rows. */
async function sendRows(outlet: Outlet, answer: Answer): Promise<number> {
  const { data, ...about } = answer.loaded[0]!;
  await outlet.write(`${JSON.stringify(about)}\n`);
  let bytes = 0;
  for (let piece = 0; outlet.isOpen; piece++) {
    const lines = answer.lines(piece);
    if (lines === null) break;
    bytes += lines.length;
    await outlet.write(lines);
  }
  await outlet.write(`${JSON.stringify({ rows: data.length, watermark: answer.watermark })}\n`);
  return bytes;
}
