/** Those who only look: one polls over HTTP, one subscribes on a socket, and both add up. */
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexClient, type ConvexHttpClient } from "convex/browser";
import { WebSocket } from "ws";
import { api } from "../../convex/_generated/api.js";
import type { Question, Row } from "../oracle/answer.js";
import { isOutage, refusalCode } from "./calls.js";
import type { Findings } from "./findings.js";
import { conserved, lost } from "./transfers.js";

const POLL_MS = 120;
/** Few: each is answered anew after every write, and the backend has others to serve. */
export const subscribed = conserved.slice(0, 3);
/** What may be said instead of an answer while a rollup is being built, or where none is left. */
const REFUSALS = new Set(["Building", "NoRollup"]);

/** Polls the conserved questions in turn, live and folded. */
export async function poll(
  client: ConvexHttpClient,
  tenantId: string,
  findings: Findings,
  isStopped: () => boolean,
): Promise<void> {
  let newest = 0n;
  for (let turn = 0; !isStopped(); turn++) {
    const query = conserved[turn % conserved.length]!;
    const freshness = Math.floor(turn / conserved.length) % 2 === 0 ? "live" : "folded";
    try {
      const args = { tenantId, query: query as never, freshness } as const;
      const answer = await client.query(api.aggregates.load, args);
      const { data, watermark, servedBy } = answer;
      findings.counts.answersPolled++;
      judge(findings, `polled, ${freshness}, by ${servedBy}, as of ${watermark}`, query, data);
      // Folded where the tail was too long: the answer is as of the last fold.
      if (answer.freshness === "live") {
        if (BigInt(watermark) < newest)
          findings.breaks(`a live answer as of ${watermark} came after one as of ${newest}`);
        newest = BigInt(watermark);
      }
    } catch (error) {
      if (!isOutage(error)) judgeError(findings, "polled", error);
    }
    await sleep(POLL_MS);
  }
}

export interface Subscriber {
  /** What it shows now, question by question. */
  shown: readonly (readonly Row[] | undefined)[];
  close(): Promise<void>;
}

/** Subscribes to some conserved questions, and stays subscribed however often the backend dies. */
export function subscribe(
  { url, token }: { url: string; token: string },
  tenantId: string,
  findings: Findings,
): Subscriber {
  const client = new ConvexClient(url, {
    webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
    logger: false,
  });
  client.setAuth(() => Promise.resolve(token));
  const shown: (readonly Row[] | undefined)[] = subscribed.map(() => undefined);
  for (const [i, query] of subscribed.entries())
    client.onUpdate(
      api.aggregates.rows,
      { tenantId, query: query as never },
      ({ data, servedBy }) => {
        shown[i] = data;
        findings.counts.answersPushed++;
        judge(findings, `subscribed, by ${servedBy}`, query, data);
      },
      (error) => judgeError(findings, "subscribed", error),
    );
  return { shown, close: () => client.close() };
}

function judge(findings: Findings, how: string, question: Question, rows: readonly Row[]): void {
  const problem = lost(question, rows);
  if (problem !== null) findings.breaks(`conservation, ${how}: ${problem}`);
}

function judgeError(findings: Findings, how: string, error: unknown): void {
  const code = refusalCode(error);
  if (code !== null && REFUSALS.has(code)) findings.refused(code);
  else findings.breaks(`${how}: ${(error as Error).message}`);
}
