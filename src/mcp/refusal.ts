/** Refusals as results: the code, the reason, and what an agent may ask instead. */
import { kindOf } from "../../lib/errorCodes.js";
import { listOf } from "../../lib/remedies/edits.js";
import { partsOf } from "../cube/failures.js";
import { helpFor, type Nearest } from "./nearest.js";
import { questionOf } from "./question.js";
import type { Asked, Result } from "./tool.js";

type Parts = Readonly<Record<string, unknown>>;

/** Details that are told of every refusal. Others are of the app, or are said by the message. */
const told = ["path", "member", "retryAfterMs", "days", "estimatedMs", "sourceFrom"] as const;

/** Refused for now, or for who asks: no other question helps. */
const isBeyondHelp = (code: string, kind: string) =>
  (kind !== "refusal" && kind !== "input" && code !== "Building") || code === "UnknownCube";

/** Of any error; one without a code of the product says nothing but that there was one. Fails never. */
export async function refusalResult(
  error: unknown,
  asked: Asked | null,
  args: Parts,
  now: number,
): Promise<Result> {
  const { code, message, considered, ...details } = partsOf(error);
  const kind = typeof code === "string" ? kindOf(code) : null;
  if (typeof code !== "string" || kind === null) {
    return resultOf({
      ...{ code: "Internal", kind: "fault", message: "The app could not answer. Ask again later." },
    });
  }
  const retryAfterMs = details["retryAfterMs"] ?? details["retryAfter"];
  const refusal = {
    ...{ code, kind, message: String(message) },
    ...Object.fromEntries(told.flatMap((key) => (key in details ? [[key, details[key]]] : []))),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(Array.isArray(considered) && { considered: listOf(considered).flatMap(reasonOf) }),
  };
  if (asked === null || isBeyondHelp(code, kind)) return resultOf(refusal);
  try {
    const { nearest, names } = await helpFor(asked, questionOf(args), now, { ...details, code });
    return resultOf({ ...refusal, ...(names.length > 0 && { names }), nearest });
  } catch {
    // The question is none, or the app answers no more.
    return resultOf({ ...refusal, nearest: null });
  }
}

interface Refusal {
  code: string;
  kind: string;
  message: string;
  nearest?: Nearest | null;
  names?: { asked: string; nearest: string[] }[];
  considered?: Reason[];
}

/** Why a rollup does not serve. */
interface Reason {
  rollup: string;
  code: string;
  message: string;
  member?: string;
}

function resultOf(refusal: Refusal): Result {
  const { code, message, nearest, names = [], considered = [] } = refusal;
  const lines = [
    `${code}: ${message}`,
    ...considered.map(({ rollup, message: why }) => `- ${rollup} ${why}`),
    ...names.map(({ asked, nearest: near }) =>
      near.length === 0 ? `${asked}: there is none like it` : `${asked}: ${near.join(", ")}`,
    ),
    ...(nearest == null
      ? []
      : [
          `Nearest question that is answered (${nearest.changes.join("; ")}):`,
          JSON.stringify({ query: nearest.query }),
        ]),
  ];
  return {
    content: [{ type: "text", text: lines.join("\n") }],
    structuredContent: { refusal },
    isError: true,
  };
}

function reasonOf(considered: unknown): Reason[] {
  const { rollup, refusal } = considered as {
    rollup: string;
    refusal: Omit<Reason, "rollup"> | null;
  };
  if (refusal === null) return [];
  const { code, message, member } = refusal;
  return [{ ...{ rollup, code, message }, ...(member === undefined ? {} : { member }) }];
}
