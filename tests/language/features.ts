/** Which parts of the language a question uses, by its JSON, and which there are. */
import type { MemberFilter, OracleFilter } from "../oracle/filters.js";
import { orders, refunds } from "./oracle/cubes.js";
import { shortName, type Question } from "./oracle/model.js";

const cubes = { orders, refunds };
const cubeOf = (member: string) => cubes[member.split(".")[0] as keyof typeof cubes];

const listed = ["equals", "notEquals", "in", "notIn", "set", "notSet"];
const parts = ["contains", "startsWith", "endsWith"];
const textual = [...parts, ...["notContains", "notStartsWith", "notEndsWith"]];
const numeric = ["gt", "gte", "lt", "lte"];
const dated = [
  ...["inDateRange", "notInDateRange", "onTheDate"],
  ...["beforeDate", "beforeOrOnDate", "afterDate", "afterOrOnDate"],
];
const operators = {
  text: [...listed, ...textual],
  texts: [...listed, ...textual],
  number: [...listed, ...numeric],
  clock: [...listed, ...numeric],
  time: [...listed, ...dated],
  measure: [...listed, ...numeric],
};

/** Words by which a range begins, with a count or without. */
const words = [
  ...["today", "yesterday", "tomorrow", "this", "last", "next"],
  ...["last n", "next n", "from", "from n"],
];

/** What only the source tells. */
export const ofRecords = ["time due", "ungrouped"];

/** All parts of the language. Every one has to be asked for, and all but those of records answered by tiles. */
export const features: readonly string[] = [
  ...Object.entries(operators).flatMap(([kind, some]) => some.map((one) => `${one} of ${kind}`)),
  ...Object.keys({ ...orders.measures, ...refunds.measures }).map((name) => `measure ${name}`),
  ...Object.keys(orders.dimensions)
    .filter((name) => orders.dimensions[name]!.kind !== "time")
    .map((name) => `dimension ${name}`),
  ...orders.granularities.map(({ name }) => `granularity ${name}`),
  ...["time at", "several granularities", "granularity among dimensions"],
  ...["date", "[date]", "pair", ...words].map((form) => `range: ${form}`),
  ...["compareDateRange", "a comparison in words", "words in a filter"],
  ...["and", "or", "and within a tree", "or within a tree", "null among values"],
  ...["a filter on a measure that rows do not show", "segments", "zone of its own"],
  ...["order: object", "order: pairs", "order: items"],
  ...["limit", "offset", "total", "others", "blending", ...ofRecords],
];

/** Of one question. Whether it is asked beside others its JSON does not say. */
export function featuresOf(question: Question): Set<string> {
  const found = new Set<string>();
  const add = (name: string, holds = true) => void (holds && found.add(name));
  const { measures = [], dimensions = [], timeDimensions = [], filters = [], order } = question;
  for (const name of measures) add(`measure ${shortName(name)}`);
  for (const name of dimensions) {
    const [, short, granularity] = name.split(".");
    add(granularity === undefined ? `dimension ${short}` : "granularity among dimensions");
    add(`granularity ${granularity}`, granularity !== undefined);
  }
  for (const { dimension, granularity, dateRange, compareDateRange = [] } of timeDimensions) {
    add(`time ${shortName(dimension)}`);
    add(`granularity ${granularity}`, granularity !== undefined);
    if (dateRange !== undefined) add(`range: ${rangeForm(dateRange)}`);
    add("compareDateRange", compareDateRange.length > 0);
    add(
      "a comparison in words",
      compareDateRange.some((one) => words.includes(rangeForm(one))),
    );
  }
  const granularities = timeDimensions.flatMap(({ granularity }) => granularity ?? []);
  add("several granularities", new Set(granularities).size > 1);
  for (const filter of filters) addFilter(filter, 0, measures, add);
  add("segments", (question.segments ?? []).length > 0);
  if (Array.isArray(order)) add(`order: ${Array.isArray(order[0]) ? "pairs" : "items"}`);
  else add("order: object", order !== undefined);
  add("limit", question.limit !== undefined && question.others !== true);
  add("offset", question.offset !== undefined);
  add("total", question.total === true);
  add("others", question.others === true);
  add("ungrouped", question.ungrouped === true);
  add("zone of its own", question.timezone !== undefined);
  return found;
}

/** By what the text says first: `last 7 days` is "last n". */
function rangeForm(told: string | readonly string[]): string {
  if (typeof told !== "string") return told.length === 1 ? "[date]" : "pair";
  const [first = "", second = ""] = told.trim().toLowerCase().split(/\s+/);
  if (/^\d/.test(first)) return "date";
  return /^\d/.test(second) ? `${first} n` : first;
}

function addFilter(
  filter: OracleFilter,
  depth: number,
  shown: readonly string[],
  add: (name: string, holds?: boolean) => void,
): void {
  if ("and" in filter || "or" in filter) {
    const [name, branches] = Object.entries(filter)[0] as [string, OracleFilter[]];
    add(depth === 0 ? name : `${name} within a tree`);
    for (const one of branches) addFilter(one, depth + 1, shown, add);
    return;
  }
  const { member, operator, values = [] }: MemberFilter = filter;
  const { dimensions, measures } = cubeOf(member);
  const name = shortName(member);
  const kind = name in measures ? "measure" : dimensions[name]!.kind;
  add(`${operator} of ${kind === "hour" || kind === "weekday" ? "clock" : kind}`);
  add("a filter on a measure that rows do not show", kind === "measure" && !shown.includes(member));
  add("null among values", values.includes(null));
  const isInWords = (one: unknown) => typeof one === "string" && /^\s*[a-z]/i.test(one);
  add("words in a filter", kind === "time" && values.some(isInWords));
}
