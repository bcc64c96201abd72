/** `query`: the answer to a question, with all that says how far it can be relied on. */
import type { MemberAnnotation } from "../../lib/cubeJson/annotate.js";
import type { Loaded } from "../../lib/cubeJson/response.js";
import { resolvedQueries } from "../cube/backend.js";
import { optionsOf, questionOf } from "./question.js";
import { inputs, outputs } from "./schemas.js";
import type { Answer, Asked, LoadOptions, Tool } from "./tool.js";

type Parts = Readonly<Record<string, unknown>>;

/** Rows of an answer whose question says no limit: as many as a model may read. */
const ROWS_DEFAULT = 1000;

/** Rows of the text, for what reads no data. */
const ROWS_OF_TEXT = 50;

export const query: Tool = {
  told: {
    name: "query",
    title: "Ask for figures",
    description:
      "Answers a question in Cube's query JSON, exactly as of a named commit, or refuses it by a code with the nearest " +
      "question that is answered. Rows are objects: member → value.",
    inputSchema: inputs.query,
    outputSchema: outputs.query,
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  },
  answer: async (asked, args, now) => {
    return answerOf(await loaded(asked, questionOf(args), now, optionsOf(args)));
  },
};

/** The answer to query JSON, with its ranges in words resolved. Throws coded errors. */
export async function loaded(
  asked: Asked,
  question: Parts,
  now: number,
  options: LoadOptions = {},
): Promise<Loaded> {
  const [resolved] = await resolvedQueries(asked, [question] as const, now);
  return await asked.load(withLimit(resolved), options);
}

/** What it leaves out is told by `total`. */
function withLimit(question: Parts): Parts {
  const isTold = question["limit"] != null || question["others"] === true;
  return isTold ? question : { total: true, ...question, limit: ROWS_DEFAULT };
}

/** What `load` says beside what the app's functions have in common. */
interface Dated extends Loaded {
  freshness?: string;
  asOf?: string;
  lagMs?: number;
  verifiedAt?: number | null;
  work?: { documents: number; bytes: number; indexRanges: number };
}

function answerOf(answer: Dated): Answer {
  const { data, annotation, total, servedBy, exact, query: understood } = answer;
  const { watermark, lastRefreshTime, freshness = "live", asOf, lagMs, verifiedAt, work } = answer;
  const members = {
    ...annotation.dimensions,
    ...annotation.timeDimensions,
    ...annotation.measures,
  };
  const approximate = Object.entries(annotation.measures).flatMap(([name, one]) =>
    one.approximate === undefined ? [] : [[name, one.approximate] as const],
  );
  const told = {
    data,
    rows: data.length,
    ...(total === undefined ? {} : { total }),
    members: Object.fromEntries(
      Object.entries(members).map(([name, member]) => [name, described(member)]),
    ),
    exact,
    ...(approximate.length > 0 && { approximate: Object.fromEntries(approximate) }),
    ...{ servedBy, freshness },
    ...(watermark === undefined ? {} : { watermark }),
    ...(asOf === undefined ? {} : { asOf }),
    ...(lastRefreshTime === undefined ? {} : { lastRefreshTime }),
    ...(lagMs === undefined ? {} : { lagMs }),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
    ...(work === undefined ? {} : { work }),
    query: understood,
  };
  return { text: textOf(answer, approximate), data: told };
}

function described({ title, type, format }: MemberAnnotation) {
  return { title, type, ...(format === undefined ? {} : { format }) };
}

function textOf(
  { data, total, servedBy, watermark, lastRefreshTime, work, freshness }: Dated,
  approximate: readonly (readonly [string, { error: number; kind: string }])[],
): string {
  const left = total !== undefined && total > data.length ? ` of ${total}` : "";
  const bounds = approximate.map(
    ([name, { error, kind }]) => `${name} ± ${Number((error * 100).toPrecision(3))} % (${kind})`,
  );
  const said = [
    `${data.length}${left} rows`,
    bounds.length === 0 ? "exact" : `approximate: ${bounds.join(", ")}`,
    ...(watermark === undefined ? [] : [`as of commit ${watermark} (${lastRefreshTime})`]),
    ...(freshness === "folded" ? ["folded"] : []),
    `from ${servedBy}`,
    ...(work === undefined ? [] : [`read ${work.documents} documents, ${work.bytes} bytes`]),
  ];
  const columns = [...new Set(data.flatMap((row) => Object.keys(row)))];
  const shown = data.slice(0, ROWS_OF_TEXT);
  const lines = shown.map((row) => JSON.stringify(columns.map((column) => row[column] ?? null)));
  const more = data.length - shown.length;
  return [
    `${said.join("; ")}.`,
    ...(columns.length === 0 ? [] : [JSON.stringify(columns)]),
    ...lines,
    ...(more === 0 ? [] : [`… ${more} more rows in structuredContent`]),
  ].join("\n");
}
