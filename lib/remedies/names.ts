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
  /** What members are called where people read them. */
  titles: Readonly<Record<string, string>>;
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

/** Cube's own number. */
const LIMIT_MAX = 50_000;

/** Of any JSON, within the bounds of queries. O(names of the query × members). */
export function withKnownNames(query: QueryJson, cubes: readonly CubeNames[]): Repaired {
  return new Repair(cubes).of(query);
}

interface Lists {
  measures: string[];
  dimensions: string[];
  timeDimensions: Record<string, unknown>[];
  segments: string[];
  filters: unknown[];
}

class Repair {
  private readonly said: string[] = [];
  private readonly names = new Map<string, string[]>();
  private readonly measures: Set<string>;
  private readonly dimensions: Set<string>;
  private readonly times: Map<string, readonly string[]>;
  private readonly segments: Set<string>;
  private readonly titles: Readonly<Record<string, string>>;

  constructor(private readonly cubes: readonly CubeNames[]) {
    this.titles = Object.assign({}, ...cubes.map((cube) => cube.titles)) as typeof this.titles;
    this.measures = new Set(cubes.flatMap((cube) => cube.measures));
    this.dimensions = new Set(cubes.flatMap((cube) => cube.dimensions));
    this.times = new Map(cubes.flatMap((cube) => Object.entries(cube.times)));
    this.segments = new Set(cubes.flatMap((cube) => cube.segments));
  }

  of(asked: QueryJson): Repaired {
    const query = this.withKeys(asked);
    const lists = this.ofOneCube(this.lists(query));
    const told = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
    const rest = Object.fromEntries(
      Object.entries(query).filter(([key]) => !(key in lists) && key !== "order"),
    );
    const repaired = { ...rest, ...told };
    const { order } = query;
    return {
      query: { ...repaired, ...(order === undefined ? {} : this.order(order, repaired)) },
      said: this.said,
      names: [...this.names].map(([name, near]) => ({ asked: name, nearest: near })),
    };
  }

  private lists(query: QueryJson): Lists {
    const lists: Lists = {
      ...{ measures: [], dimensions: [], timeDimensions: [] },
      segments: texts(query["segments"]).flatMap(
        (name) => this.known(name, this.segments, []) ?? [],
      ),
      filters: listOf(query["filters"]).flatMap((filter) => this.filter(filter, 0)),
    };
    const put = (name: string, key: "measures" | "dimensions") => {
      const isTime = this.times.has(name);
      const own = isTime ? "timeDimensions" : this.measures.has(name) ? "measures" : "dimensions";
      if (own !== key) this.said.push(`${name} among ${own}`);
      if (isTime) lists.timeDimensions.push({ dimension: name, granularity: "day" });
      else lists[own === "measures" ? "measures" : "dimensions"].push(name);
    };
    const times = new Set(this.times.keys());
    for (const name of texts(query["measures"])) {
      const known = this.known(name, this.measures, [this.dimensions, times]);
      if (known !== null) put(known, "measures");
    }
    for (const name of texts(query["dimensions"])) {
      const [cube = "", short = "", granularity] = name.split(".");
      const time = `${cube}.${short}`;
      if (granularity !== undefined && this.times.has(time)) {
        lists.dimensions.push(`${time}.${this.granularity(granularity, time)}`);
        continue;
      }
      const known = this.known(name, this.dimensions, [times, this.measures]);
      if (known !== null) put(known, "dimensions");
    }
    for (const item of listOf(query["timeDimensions"])) {
      const told = this.timeItem(item);
      if (told !== null) lists.timeDimensions.push(told);
    }
    return lists;
  }

  /** What is of the cube that most of it is of, and a measure where nothing else is asked for. */
  private ofOneCube(lists: Lists): Lists {
    const { measures, dimensions, timeDimensions, segments, filters } = lists;
    const named = [
      ...[...measures, ...dimensions, ...segments],
      ...timeDimensions.map(({ dimension }) => String(dimension)),
    ].map((name) => name.split(".")[0] ?? "");
    const counts = new Map<string, number>();
    for (const name of named) counts.set(name, (counts.get(name) ?? 0) + 1);
    const [cube] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
    if (cube === undefined) return lists;
    const isOwn = (name: string) => name.startsWith(`${cube}.`);
    const own = {
      measures: measures.filter(isOwn),
      dimensions: dimensions.filter(isOwn),
      timeDimensions: timeDimensions.filter(({ dimension }) => isOwn(String(dimension))),
      segments: segments.filter(isOwn),
      filters: filters.filter((filter) => membersOf(filter).every(isOwn)),
    };
    if (counts.size > 1) this.said.push(`of ${cube} alone`);
    const isShown = own.timeDimensions.some(({ granularity }) => granularity !== undefined);
    if (own.measures.length + own.dimensions.length > 0 || isShown) return own;
    const [first] = this.cubes.find(({ name }) => name === cube)?.measures ?? [];
    if (first === undefined) return own;
    this.said.push(`with ${first}`);
    return { ...own, measures: [first] };
  }

  private withKeys(query: QueryJson): QueryJson {
    return Object.fromEntries(
      Object.entries(query).flatMap(([key, value]) => {
        if (queryKeys.includes(key)) return this.withCount(key, value);
        const [near] = nearest(key, queryKeys, 1);
        this.say(near, key);
        return near === undefined || near in query ? [] : [[near, value]];
      }),
    );
  }

  private withCount(key: string, value: unknown): [string, unknown][] {
    if (key !== "limit" && key !== "offset") return [[key, value]];
    if (Number.isSafeInteger(value) && (value as number) >= 0)
      return [[key, Math.min(value as number, LIMIT_MAX)]];
    this.say(undefined, key);
    return [];
  }

  /** The name itself, or the nearest one of the kind, or else of others; null where none is near. */
  private known(
    name: string,
    kind: ReadonlySet<string>,
    others: readonly ReadonlySet<string>[],
  ): string | null {
    for (const names of [kind, ...others]) if (names.has(name)) return name;
    const all = [kind, ...others];
    const near = [
      ...all.flatMap((names) => [...names].filter((one) => this.isTitled(one, name))),
      ...all.flatMap((names) => nearest(name, names)),
    ];
    this.names.set(name, [...new Set(near)].slice(0, 3));
    this.say(near[0], name);
    return near[0] ?? null;
  }

  /** Whether people read a member by that name. */
  private isTitled(member: string, name: string): boolean {
    const plain = (text = "") => text.toLowerCase().replace(/[^a-z0-9]/g, "");
    const [cube, short = cube] = name.split(".");
    if (short !== cube && !member.startsWith(`${cube}.`)) return false;
    return plain(short) !== "" && plain(this.titles[member]) === plain(short);
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

function membersOf(filter: unknown): string[] {
  if (!isParts(filter)) return [];
  const branches = filter["and"] ?? filter["or"];
  if (Array.isArray(branches)) return branches.flatMap(membersOf);
  return typeof filter["member"] === "string" ? [filter["member"]] : [];
}

function texts(value: unknown): string[] {
  const all = typeof value === "string" ? [value] : listOf(value);
  return all.filter((one) => typeof one === "string");
}
