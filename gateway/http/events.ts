/** Server-sent events: each new answer, with what names it as `id`, by which a reader that comes back says what it has seen. */
import { failureOf } from "../../src/cube/failures.js";
import type { Outcome } from "../questions/question.js";
import { readRequest } from "../../src/cube/requests.js";
import type { Exchange } from "./exchange.js";
import type { Outlet } from "./outlet.js";
import type { Streams } from "./streams.js";

const NEW_LINES = Buffer.from("\n\n");

/** Throws what the question is refused with before the first answer. */
export async function sendEvents(streams: Streams, exchange: Exchange): Promise<void> {
  const { request, caller, params } = exchange;
  const { queries, ...form } = readRequest(params);
  const seen = request.headers["last-event-id"] ?? params["lastEventId"];
  await streams.open(exchange, ": alive\n\n", queries, caller, async (outlet, watch, first) => {
    // Throws where the form cannot tell it.
    if (first.kind === "answer") first.answer.body(form);
    outlet.begin({ "Content-Type": "text/event-stream; charset=utf-8" });
    for (let outcome: Outcome | null = first; outcome !== null;) {
      const isSeen = outcome === first && first.kind === "answer" && first.answer.id(form) === seen;
      if (!isSeen) await send(streams, outlet, outcome, form);
      outcome = await outlet.next(watch);
    }
  });
}

async function send(
  { counters }: Streams,
  outlet: Outlet,
  outcome: Outcome,
  form: Parameters<Extract<Outcome, { kind: "answer" }>["answer"]["body"]>[0],
): Promise<void> {
  counters.add("sent");
  if (outcome.kind === "answer") {
    const { answer } = outcome;
    const body = answer.body(form);
    counters.add("sent_bytes", body.length);
    return await outlet.write(`id: ${answer.id(form)}\ndata: `, body, NEW_LINES);
  }
  counters.add("refusals");
  const { status, body } = failureOf(outcome.error);
  // An event "error" would be taken for a lost connection.
  await outlet.write(`event: refusal\ndata: ${JSON.stringify({ status, ...body })}\n\n`);
}
