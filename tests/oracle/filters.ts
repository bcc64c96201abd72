/** What a filter means for one record, as the documentation of Cube has it. Imports nothing from lib/. */
export type Value = string | number | null;
type Wanted = string | number | null;

export interface MemberFilter {
  member: string;
  operator: string;
  values?: Wanted[];
}

export type OracleFilter = MemberFilter | { and: OracleFilter[] } | { or: OracleFilter[] };

/** The conditions of some filters. */
export function conditionsOf(filters: readonly OracleFilter[]): MemberFilter[] {
  return filters.flatMap((filter) => {
    if ("and" in filter) return conditionsOf(filter.and);
    return "or" in filter ? conditionsOf(filter.or) : [filter];
  });
}

/** Whether a filter holds, by whether its conditions do. */
export function holdsAll(
  filter: OracleFilter,
  condition: (filter: MemberFilter) => boolean,
): boolean {
  if ("and" in filter) return filter.and.every((one) => holdsAll(one, condition));
  if ("or" in filter) return filter.or.some((one) => holdsAll(one, condition));
  return condition(filter);
}

/** Whether a record with these values of a member passes: what negates is true where the other is not. */
export function holds(operator: string, values: readonly Value[], wanted: Wanted[]): boolean {
  if (operator === "set") return values.some((value) => value !== null);
  if (operator === "notSet") return values.every((value) => value === null);
  const positive = positiveOf(operator);
  if (positive !== operator) return !holds(positive, values, wanted);
  return values.some((value) => wanted.some((one) => holdsOne(operator, value, one)));
}

function holdsOne(operator: string, value: Value, wanted: Wanted): boolean {
  if (value === null || wanted === null) return value === wanted && !isOfNumbers(operator);
  switch (operator) {
    case "equals":
    case "in":
      return typeof value === "number" ? value === Number(wanted) : value === String(wanted);
    case "gt":
      return (value as number) > Number(wanted);
    case "gte":
      return (value as number) >= Number(wanted);
    case "lt":
      return (value as number) < Number(wanted);
    case "lte":
      return (value as number) <= Number(wanted);
    default: {
      const [text, part] = [lower(String(value)), lower(String(wanted))];
      const at = operator === "endsWith" ? text.length - part.length : 0;
      if (operator === "contains") return text.split(part).length > 1 || part === "";
      return at >= 0 && text.slice(at, at + part.length) === part;
    }
  }
}

/** Each character by itself. */
const lower = (text: string) => [...text].map((one) => one.toLowerCase()).join("");

/** The same of a time, which is always given, by what the clock shows. */
export function holdsOfTime(operator: string, wall: string, wanted: Wanted[]): boolean {
  if (operator === "notSet") return false;
  if (operator === "set") return true;
  const positive = positiveOf(operator);
  if (positive !== operator) return !holdsOfTime(positive, wall, wanted);
  const texts = wanted.flatMap((one) => (one === null ? [] : [String(one)]));
  const [first = "", last = first] = texts;
  switch (operator) {
    case "equals":
    case "in":
      return texts.some((text) => startOf(text) === wall);
    case "beforeDate":
      return wall < startOf(first);
    case "beforeOrOnDate":
      return wall <= endOf(first);
    case "afterDate":
      return wall > endOf(first);
    case "afterOrOnDate":
      return wall >= startOf(first);
    case "inDateRange":
    case "onTheDate":
      return wall >= startOf(first) && wall <= endOf(last);
    default:
      throw new Error(operator);
  }
}

const positives: Record<string, string> = {
  notEquals: "equals",
  notIn: "in",
  notContains: "contains",
  notStartsWith: "startsWith",
  notEndsWith: "endsWith",
  notInDateRange: "inDateRange",
};

const positiveOf = (operator: string) => positives[operator] ?? operator;
const isOfNumbers = (operator: string) => /^[gl]te?$/.test(operator);
const startOf = (text: string) => full(text);
const endOf = (text: string) => (text.length > 10 ? full(text) : `${text}T23:59:59.999`);
const full = (text: string) => `${text}${"T00:00:00.000".slice(text.length - 10)}`;
