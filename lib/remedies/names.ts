/** A query with the names that there are, where it was asked by others: members, granularities, operators, keys. */
import {
  dateOperators,
  filterOperators,
  orderOperators,
  textOperators,
} from "../model/operators.js";
import { nearest } from "../model/memberNames.js";
import { granularityOf, isParts, listOf, type QueryJson } from "./edits.js";

/** What a cube can be asked, by full names. */
export interface CubeNames {
  name: string;
  measures: readonly string[];
  /** Without times. */
  dimensions: readonly string[];
  /** Times, and their granularities. */
  times: Readonly<Record<string, readonly string[]>>;
  segments: readonly string[];
}

export interface Repaired {
  query: QueryJson;
  /** As "orders.revenue instead of orders.revenu". */
  said: string[];
  /** Of each name that there is not: the nearest that there are, the likeliest first. */
  names: { asked: string; nearest: string[] }[];
}

const operators: readonly string[] = [
  ...filterOperators,
  ...textOperators,
  ...orderOperators,
  ...dateOperators,
  "measureFilter",
];

const queryKeys = [
  ...["measures", "dimensions", "segments", "timeDimensions", "filters", "order", "limit"],
  ...["offset", "total", "others", "timezone", "ungrouped"],
];

/** Of any JSON, within the bounds of queries. O(names of the query × members). */
export function withKnownNames(query: QueryJson, cubes: readonly CubeNames[]): Repaired {
  return new Repair(cubes).of(query);
}

class Repair {
  private readonly said: string[] = [];
  private readonly names = new Map<string, string[]>();
  private readonly measures: Set<string>;
  private readonly dimensions: Set<string>;
  private readonly times: Map<string, readonly string[]>;
  private readonly segments: Set<string>;

  constructor(cubes: readonly CubeNames[]) {
    this.measures = new Set(cubes.flatMap((cube) => cube.measures));
    this.dimensions = new Set(cubes.flatMap((cube) => cube.dimensions));
    this.times = new Map(cubes.flatMap((cube) => Object.entries(cube.times)));
    this.segments = new Set(cubes.flatMap((cube) => cube.segments));
  }

  of(asked: QueryJson): Repaired {
    const query = this.withKeys(asked);
    const measures: string[] = [];
    const dimensions: string[] = [];
    const timeDimensions: Record<string, unknown>[] = [];
    const put = (name: string) => {
      if (this.measures.has(name)) measures.push(name);
      else if (this.times.has(name)) timeDimensions.push({ dimension: name, granularity: "day" });
      else dimensions.push(name);
    };
    for (const name of texts(query["measures"])) {
      const known = this.known(name, this.measures, [this.dimensions, new Set(this.times.keys())]);
      if (known !== null) put(known);
    }
    for (const name of texts(query["dimensions"])) {
      const [cube = "", short = "", granularity] = name.split(".");
      const time = `${cube}.${short}`;
      if (granularity !== undefined && this.times.has(time)) {
        dimensions.push(`${time}.${this.granularity(granularity, time)}`);
        continue;
      }
      const known = this.known(name, this.dimensions, [new Set(this.times.keys()), this.measures]);
      if (known !== null) put(known);
    }
    for (const item of listOf(query["timeDimensions"])) {
      const told = this.timeItem(item);
      if (told !== null) timeDimensions.push(told);
    }
    const segments = texts(query["segments"]).flatMap(
      (name) => this.known(name, this.segments, []) ?? [],
    );
    const filters = listOf(query["filters"]).flatMap((filter) => this.filter(filter, 0));
    const { order } = query;
    const lists = { measures, dimensions, timeDimensions, segments, filters };
    const told = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
    const rest = Object.fromEntries(
      Object.entries(query).filter(([key]) => !(key in lists) && key !== "order"),
    );
    const repaired = { ...rest, ...told };
    return {
      query: { ...repaired, ...(order === undefined ? {} : this.order(order, repaired)) },
      said: this.said,
      names: [...this.names].map(([name, near]) => ({ asked: name, nearest: near })),
    };
  }

  private withKeys(query: QueryJson): QueryJson {
    return Object.fromEntries(
      Object.entries(query).flatMap(([key, value]) => {
        if (queryKeys.includes(key)) return [[key, value]];
        const [near] = nearest(key, queryKeys, 1);
        this.say(near, key);
        return near === undefined || near in query ? [] : [[near, value]];
      }),
    );
  }

  /** The name itself, or the nearest one of the kind, or else of others; null where none is near. */
  private known(
    name: string,
    kind: ReadonlySet<string>,
    others: readonly ReadonlySet<string>[],
  ): string | null {
    for (const names of [kind, ...others]) if (names.has(name)) return name;
    const near = [...nearest(name, kind), ...others.flatMap((names) => nearest(name, names))];
    this.names.set(name, near.slice(0, 3));
    this.say(near[0], name);
    return near[0] ?? null;
  }

  private say(near: string | undefined, asked: string): void {
    this.said.push(near === undefined ? `without ${asked}` : `${near} instead of ${asked}`);
  }

  private granularity(name: string, time: string): string {
    const names = this.times.get(time) ?? [];
    if (names.includes(name)) return name;
    // Nothing finer is kept.
    const [near = "day"] = /^(second|minute)$/.test(name) ? ["hour"] : nearest(name, names, 1);
    this.say(near, name);
    return near;
  }

  private timeItem(item: unknown): Record<string, unknown> | null {
    if (!isParts(item) || typeof item["dimension"] !== "string") return null;
    const { dimension: name, granularity, dateRange, compareDateRange } = item;
    const times = new Set(this.times.keys());
    const dimension = this.known(name as string, times, []);
    if (dimension === null) return null;
    return {
      dimension,
      ...(typeof granularity === "string" && {
        granularity: this.granularity(granularity, dimension),
      }),
      ...(dateRange === undefined ? {} : { dateRange }),
      ...(compareDateRange === undefined ? {} : { compareDateRange }),
    };
  }

  /** As it is, with known names; none where it names nothing that there is. */
  private filter(filter: unknown, depth: number): unknown[] {
    if (!isParts(filter) || depth > 8) return [];
    for (const key of ["and", "or"] as const) {
      if (!Array.isArray(filter[key])) continue;
      const branches = filter[key].flatMap((one) => this.filter(one, depth + 1));
      return branches.length === 0 ? [] : [{ [key]: branches }];
    }
    const { operator, values } = filter;
    const name = filter["member"] ?? filter["dimension"];
    if (typeof name !== "string") return [];
    const times = new Set(this.times.keys());
    const member = this.known(name, this.dimensions, [this.measures, times]);
    if (member === null) return [];
    let told = typeof operator === "string" ? operator : "equals";
    if (!operators.includes(told)) {
      const [near] = nearest(told, operators, 1);
      this.say(near, told);
      told = near ?? "equals";
    }
    return [{ member, operator: told, ...(values === undefined ? {} : { values }) }];
  }

  /** By members of the query alone. */
  private order(order: unknown, query: QueryJson): { order?: unknown } {
    const granularity = granularityOf(query);
    const times = listOf(query["timeDimensions"]).flatMap((item) =>
      isParts(item) && typeof item["dimension"] === "string" ? [item["dimension"]] : [],
    );
    const ids = [
      ...[...texts(query["measures"]), ...texts(query["dimensions"]), ...times],
      ...(granularity === null ? [] : times.map((time) => `${time}.${granularity}`)),
    ];
    const pairs = isParts(order)
      ? Object.entries(order)
      : listOf(order).map((item) => (Array.isArray(item) ? (item as unknown[]) : []));
    const told = pairs.flatMap(([id, direction]) => {
      if (typeof id !== "string") return [];
      const known = ids.includes(id) ? id : nearest(id, ids, 1)[0];
      return known === undefined ? [] : [[known, direction === "desc" ? "desc" : "asc"]];
    });
    return told.length === 0 ? {} : { order: told };
  }
}

function texts(value: unknown): string[] {
  const all = typeof value === "string" ? [value] : listOf(value);
  return all.filter((one) => typeof one === "string");
}
