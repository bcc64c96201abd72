/**
 * What a caller's questions are narrowed to, as an app says it or a token carries it. It is checked each time: a lock
 * that is not understood, in whatever part, is none that a question may be answered by.
 */
import { RollupsError } from "../../../lib/errors.js";
import type { Catalogue, CubeDefinition, MeasureDefinition } from "../../../lib/model/cube.js";
import type { CubeLock, Lock } from "../../../lib/query/question.js";

/** Records that count: those one of whose values of the dimension is among `values`. */
export interface LockFilter {
  /** Of the cube, such as "status": a text, a list of texts, a boolean or a number. */
  dimension: string;
  /** Both ask the same. */
  operator: "equals" | "in";
  /** One at least, a hundred at most. */
  values: readonly (string | number | boolean)[];
}

/**
 * By cube: filters that hold for whatever is asked, one at least, and the measures that may be asked (default: all). A
 * cube that is not named does not exist for the caller.
 */
export type LockOptions = Readonly<
  Record<string, { filters: readonly LockFilter[]; measures?: readonly string[] }>
>;

/** Of one cube: a question asks all of them of each record. */
const FILTERS_MAX = 10;
const VALUES_MAX = 100;
const TEXT_MAX = 256;

/** Hours of day and weekdays are of the zone that the caller chooses, and so are bounds of time. */
const lockable: readonly string[] = ["string", "strings", "number"];

/** The lock as the component takes it. Throws `InvalidDefinition`, naming the place. O(values). */
export function mustBeLock(cubes: Catalogue, told: unknown): Lock {
  const locks = Object.entries(mustBeObject(told, "lock", null));
  if (locks.length === 0) throw invalid("lock", "must name a cube");
  return Object.fromEntries(
    locks.map(([name, lock]) => {
      const cube = Object.hasOwn(cubes, name) ? cubes[name] : undefined;
      if (cube === undefined) throw invalid("lock", `there is no cube called ${name}`);
      return [name, lockOf(cube, lock, `lock.${name}`)];
    }),
  );
}

function lockOf(cube: CubeDefinition, told: unknown, path: string): CubeLock {
  const { filters, measures } = mustBeObject(told, path, ["filters", "measures"]);
  return {
    filters: mustBeList(filters, `${path}.filters`, FILTERS_MAX).map((one, i) =>
      filterOf(cube, one, `${path}.filters.${i}`),
    ),
    measures:
      measures === undefined
        ? null
        : mustBeList(measures, `${path}.measures`, Infinity).map((name) => {
            if (typeof name === "string" && Object.hasOwn(cube.measures, name)) {
              return `${cube.name}.${name}`;
            }
            throw invalid(`${path}.measures`, `there is no measure called ${String(name)}`);
          }),
  };
}

function filterOf(cube: CubeDefinition, told: unknown, path: string): CubeLock["filters"][number] {
  const filter = mustBeObject(told, path, ["dimension", "operator", "values"]);
  const { dimension: name, operator, values } = filter;
  const dimension =
    typeof name === "string" && Object.hasOwn(cube.dimensions, name)
      ? cube.dimensions[name]
      : undefined;
  if (dimension === undefined) {
    throw invalid(`${path}.dimension`, `there is no dimension called ${String(name)}`);
  }
  if (!lockable.includes(dimension.type)) {
    throw invalid(`${path}.dimension`, `${String(name)} is not the same in each zone`);
  }
  if (operator !== "equals" && operator !== "in") {
    throw invalid(`${path}.operator`, "must be equals or in");
  }
  const texts = mustBeList(values, `${path}.values`, VALUES_MAX).map((value) => {
    const isText = typeof value === "string" && value.length <= TEXT_MAX;
    const isOther = typeof value === "boolean" || Number.isFinite(value);
    const text = String(value);
    const fits =
      dimension.type !== "number" || (text.trim() !== "" && Number.isFinite(Number(text)));
    if ((isText || isOther) && fits) return text;
    throw invalid(`${path}.values`, `must be values of ${String(name)}`);
  });
  return { member: `${cube.name}.${String(name)}`, operator, values: texts };
}

/** The cubes as the caller sees them. A ratio's parts come along, and may not be asked: `narrowed` says so. */
export function seenThrough(lock: Lock, cubes: Catalogue): Catalogue {
  return Object.fromEntries(
    Object.entries(cubes).flatMap(([name, cube]) => {
      const own = Object.hasOwn(lock, name) ? lock[name] : undefined;
      return own === undefined ? [] : [[name, withMeasures(cube, own.measures)]];
    }),
  );
}

function withMeasures(cube: CubeDefinition, names: readonly string[] | null): CubeDefinition {
  if (names === null) return cube;
  const measures: Record<string, MeasureDefinition> = {};
  const keep = (name: string): void => {
    const measure = cube.measures[name];
    if (measure === undefined || Object.hasOwn(measures, name)) return;
    measures[name] = measure;
    if (measure.type !== "ratio") return;
    keep(measure.numerator);
    keep(measure.denominator);
  };
  for (const name of names) keep(name.slice(cube.name.length + 1));
  const shown = ([name, one]: [string, MeasureDefinition]) => {
    const { drillMembers } = one;
    if (drillMembers === undefined) return [name, one];
    const isSeen = (member: string) => names.includes(`${cube.name}.${member}`);
    const isHidden = (member: string) => Object.hasOwn(cube.measures, member) && !isSeen(member);
    return [name, { ...one, drillMembers: drillMembers.filter((member) => !isHidden(member)) }];
  };
  return { ...cube, measures: Object.fromEntries(Object.entries(measures).map(shown)) as never };
}

function mustBeObject(
  told: unknown,
  path: string,
  known: readonly string[] | null,
): Record<string, unknown> {
  if (typeof told !== "object" || told === null || Array.isArray(told)) {
    throw invalid(path, "must be an object");
  }
  const other = Object.keys(told).find((key) => known !== null && !known.includes(key));
  if (other !== undefined) throw invalid(path, `unknown key ${JSON.stringify(other)}`);
  // A copy without prototype: an absent key reads as undefined, whatever objects inherit.
  return Object.assign(Object.create(null) as Record<string, unknown>, told);
}

function mustBeList(told: unknown, path: string, most: number): unknown[] {
  if (!Array.isArray(told) || told.length === 0)
    throw invalid(path, "must be a list of one or more");
  if (told.length > most) throw invalid(path, `must not list more than ${most} items`);
  return told;
}

export function invalid(path: string, message: string): RollupsError {
  return new RollupsError("InvalidDefinition", `Invalid lock: ${path}: ${message}`, { path });
}
