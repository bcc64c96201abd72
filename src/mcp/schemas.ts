/** What tools take and answer, as JSON Schema: precise, so that an agent's question is right the first time. */
import {
  dateOperators,
  filterOperators,
  orderOperators,
  textOperators,
} from "../../lib/model/operators.js";
import { FILTER_VALUES_MAX, MEMBERS_MAX } from "../../lib/query/bounds.js";
import { COMPARED_MAX } from "../../lib/query/question.js";

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const number: Schema = { type: "number" };
const flag: Schema = { type: "boolean" };
const nullable = (type: string): Schema => ({ type: [type, "null"] });
const list = (items: Schema, more: Schema = {}): Schema => ({ type: "array", items, ...more });
const record = (
  properties: Record<string, Schema>,
  required: string[] = Object.keys(properties),
): Schema => ({ type: "object", properties, required });

const described = (schema: Schema, description: string): Schema => ({ ...schema, description });

const member = described(
  { type: "string", pattern: "^[A-Za-z][A-Za-z0-9_]*\\.[A-Za-z][A-Za-z0-9_]*$" },
  "Full name of a member, as `orders.revenue`.",
);
const members = (description: string) =>
  described(list(member, { maxItems: MEMBERS_MAX, uniqueItems: true }), description);

const dateRange: Schema = {
  description:
    'Both ends are included, on the clocks of the query\'s timezone: ["2026-01-01", "2026-03-31"], one date, or words: ' +
    '"today", "yesterday", "this month", "last 7 days", "last quarter", "from 2 weeks ago to now".',
  anyOf: [text, list(text, { minItems: 1, maxItems: 2 })],
};

const condition: Schema = {
  type: "object",
  properties: {
    member,
    operator: {
      enum: [...filterOperators, ...textOperators, ...orderOperators, ...dateOperators],
      description:
        `${filterOperators.join(", ")}: any dimension; the first six alone may look at measures, with ` +
        `${orderOperators.join(", ")}. ${textOperators.join(", ")}: texts, whatever their case. ` +
        `${orderOperators.join(", ")}: one number. ${dateOperators.join(", ")}: times.`,
    },
    values: described(
      list({ type: ["string", "number", "boolean", "null"] }, { maxItems: FILTER_VALUES_MAX }),
      'Not for "set" and "notSet". Several values of "equals" are joined by or; null is "not given". Booleans are "true" and "false".',
    ),
  },
  required: ["member", "operator"],
  additionalProperties: false,
};

const query: Schema = {
  type: "object",
  description:
    "A query in Cube's JSON, of one cube. It needs a measure, a dimension or a time dimension with a granularity.",
  properties: {
    measures: members("What is counted, summed, …"),
    dimensions: members(
      "What rows are told apart by. Times do not belong here: see timeDimensions.",
    ),
    timeDimensions: {
      type: "array",
      maxItems: MEMBERS_MAX,
      description: "The range of time, and buckets of time where a granularity is given.",
      items: {
        type: "object",
        properties: {
          dimension: member,
          granularity: described(
            text,
            "quarterHour, hour, day, week, month, quarter, year, or one that `list` names. Without it the range is one bucket.",
          ),
          dateRange,
          compareDateRange: described(
            list(dateRange, { minItems: 2, maxItems: COMPARED_MAX }),
            "Instead of dateRange: ranges to compare. Rows name theirs in `compareDateRange`.",
          ),
        },
        required: ["dimension"],
        additionalProperties: false,
      },
    },
    segments: members("Named filters."),
    filters: {
      type: "array",
      maxItems: MEMBERS_MAX,
      description: "All must hold. { and: […] } and { or: […] } group them.",
      items: {
        anyOf: [
          condition,
          record({ or: list({ type: "object" }) }),
          record({ and: list({ type: "object" }) }),
        ],
      },
    },
    order: {
      description: 'By members of the query: [["orders.revenue", "desc"]].',
      anyOf: [
        list({
          type: "array",
          prefixItems: [text, { enum: ["asc", "desc"] }],
          minItems: 2,
          maxItems: 2,
        }),
        { type: "object", additionalProperties: { enum: ["asc", "desc"] } },
      ],
    },
    limit: described(
      { type: "integer", minimum: 0, maximum: 50_000 },
      "Rows at most. Without it 1,000; `total` says how many there are.",
    ),
    offset: { type: "integer", minimum: 0 },
    total: described(flag, "Whether the number of rows before the limit is told."),
    others: described(flag, "With a limit: a last row adds up what it leaves out."),
    timezone: described(text, "IANA zone of buckets and ranges. Default: the tenant's."),
    ungrouped: described(flag, "Single records, which no rollup keeps: for small ranges only."),
  },
  additionalProperties: false,
};

const input = (properties: Record<string, Schema>, required: string[]): Schema => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

export const inputs = {
  list: input({ cube: described(text, "Only this cube. Default: all.") }, []),
  query: input(
    {
      query,
      freshness: described(
        { enum: ["live", "folded"] },
        '"live" (default) includes every write. "folded" is up to a minute older, and cheaper where much is written.',
      ),
      atLeast: described(
        { type: "string", pattern: "^[0-9]{1,20}$" },
        "A watermark that the answer must include, as of an earlier answer.",
      ),
    },
    ["query"],
  ),
  explain: input(
    { query: described({ type: "object" }, "A query, as the tool `query` takes it.") },
    ["query"],
  ),
  freshness: input({}, []),
} as const;

const refusal = described(
  record(
    {
      code: text,
      kind: described(
        text,
        "refusal, transient, unavailable, input, access or fault. Only what is transient or unavailable is worth asking again as it is.",
      ),
      message: text,
      member: text,
      path: described(text, "Where in the query."),
      retryAfterMs: number,
      considered: described(list({ type: "object" }), "Why each rollup does not serve."),
      names: described(
        list(record({ asked: text, nearest: list(text) })),
        "Of names that there are not: those that there are.",
      ),
      nearest: described(
        {
          ...record({ query: { type: "object" }, changes: list(text), servedBy: text }, [
            "query",
            "changes",
          ]),
          type: ["object", "null"],
        },
        "The nearest question that is answered: send its `query`.",
      ),
    },
    ["code", "message"],
  ),
  "Instead of an answer, where isError is set.",
);

/** An answer of some properties, or a refusal. */
function output(properties: Record<string, Schema>, required: string[]): Schema {
  return {
    type: "object",
    properties: { ...properties, refusal },
    anyOf: [{ required }, { required: ["refusal"] }],
  };
}

const commit = described(text, "Commit timestamp, in nanoseconds.");
const namedItems = (properties: Record<string, Schema>, required = ["name", "title"]) =>
  list(record({ name: text, title: text, description: text, ...properties }, required));

export const outputs = {
  list: output(
    {
      timezone: text,
      cubes: list(
        record(
          {
            name: text,
            title: text,
            description: text,
            measures: namedItems({
              type: text,
              format: text,
              approximate: { type: "object" },
              dimensions: list(text),
              segments: list(text),
              granularities: list(text),
              rollups: list(text),
            }),
            dimensions: namedItems({ type: text }),
            timeDimensions: namedItems({ granularities: list(text) }),
            segments: namedItems({}),
            rollups: list(
              record(
                {
                  name: text,
                  description: text,
                  dimensions: list(text),
                  segments: list(text),
                  granularities: list(text),
                },
                ["name", "dimensions", "granularities"],
              ),
            ),
          },
          ["name", "title", "measures", "dimensions", "timeDimensions", "segments", "rollups"],
        ),
      ),
    },
    ["timezone", "cubes"],
  ),
  query: output(
    {
      data: described(
        list({ type: "object" }),
        "Rows: member → value. A count of nothing is 0; a sum, an average or an extreme of nothing is null.",
      ),
      rows: described(number, "How many rows `data` has."),
      total: described(number, "Rows before limit and offset."),
      members: described({ type: "object" }, "Title, type and format of the members of rows."),
      exact: described(flag, "Whether all numbers are exact; else see `approximate`."),
      approximate: described(
        { type: "object" },
        "Approximate measures: `error` as a share of the value; all answers are within a relative one, two of three within a standard one.",
      ),
      servedBy: described(text, 'Which rollup: "cube.rollup@generation", or "scan".'),
      freshness: described(text, "live, or folded as of `asOf`."),
      watermark: described(commit, "Every change up to this commit is included, and none after."),
      asOf: commit,
      lastRefreshTime: described(text, "ISO time of the watermark."),
      lagMs: number,
      verifiedAt: described(nullable("number"), "When it was last compared with the records."),
      work: described(
        record({ documents: number, bytes: number, indexRanges: number }),
        "What the answer read.",
      ),
      query: described({ type: "object" }, "The query as it was understood."),
    },
    ["data", "rows", "exact", "servedBy", "freshness", "query"],
  ),
  explain: output(
    {
      servedBy: described(
        nullable("string"),
        "The rollup that would answer. null: no rollup; records are read where they are few.",
      ),
      reads: described(list({ type: "object" }), "What would be read of it, in order of time."),
      estimate: described(
        { type: ["object", "null"] },
        "About: bytes and calls of one answer, dollars of a thousand.",
      ),
      considered: described(
        list({ type: "object" }),
        "Every rollup, and why it would not serve: null for one that would.",
      ),
      ranges: list({ type: "object" }),
      nearest: { type: ["object", "null"] },
      query: { type: "object" },
    },
    ["servedBy", "considered", "query"],
  ),
  freshness: output(
    {
      watermark: described(commit, "The newest commit: live answers are of it."),
      lastRefreshTime: text,
      foldedTo: described(commit, "Folded answers are of it, or of a later one."),
      foldedToTime: text,
      lagMs: described(number, "Age of the oldest change that is not folded. Answers add it."),
      unfoldedSince: nullable("string"),
      backlog: flag,
    },
    ["watermark", "foldedTo", "lagMs", "backlog"],
  ),
} as const;
