/** The app's cubes, complete, with what is needed to read their tables. */
import type {
  Catalogue,
  CubeDefinition,
  FreshnessTarget,
  FreshnessTargets,
} from "../../../lib/model/cube.js";
import { readingOf } from "../../../lib/resolve/reading.js";
import { completeCube } from "./completeCube.js";
import type { CatalogueOptions } from "./cubeOptions.js";
import type { AppSchema } from "./heldValues.js";
import { indexesOf, type CubeIndexes } from "./indexes.js";

/** A cube and how its table is read. */
export interface SourceCube extends CubeIndexes {
  definition: CubeDefinition;
  /** The table's field that says whose a record is; null in an app without tenants. */
  tenant: string | null;
}

/** The one tenant of an app without tenants. */
export const THE_TENANT = "app";

export class AppCatalogue {
  /** In the order in which the app declares them. */
  readonly cubes: ReadonlyMap<string, SourceCube>;
  readonly definitions: Catalogue;
  /** What upkeep is to hold, which is no part of any definition: changing it rebuilds nothing, and browsers keep what they hold. */
  readonly freshness: FreshnessTargets;
  private readonly readings = new Map<string, string>();

  /** Throws `InvalidDefinition`: the push fails with one sentence. */
  constructor(schema: AppSchema, options: CatalogueOptions) {
    const targets: Record<string, FreshnessTarget> = {};
    const cubes = Object.entries(options).map(([name, cube]) => {
      const definition = withoutFreshness(completeCube(schema, name, cube), targets);
      const tenant = cube.tenant ?? null;
      const indexes = indexesOf(schema, definition, tenant);
      return [name, { definition, tenant, ...indexes }] as const;
    });
    this.cubes = new Map(cubes);
    this.freshness = targets;
    this.definitions = Object.fromEntries(
      cubes.map(([name, { definition }]) => [name, definition]),
    );
  }

  /** The tenant that a document belongs to, or null. No tenant has an empty name. */
  tenantOf({ tenant }: SourceCube, doc: Record<string, unknown> | null): string | null {
    if (doc === null) return null;
    if (tenant === null) return THE_TENANT;
    const value = doc[tenant];
    return typeof value === "string" && value !== "" ? value : null;
  }

  /** A cube as the app declares it, with the targets of its rollups. */
  withFreshness(cube: CubeDefinition): CubeDefinition {
    const rollups = Object.entries(cube.rollups).map(([name, rollup]) => {
      const freshness = this.freshness[`${cube.name}.${name}`];
      return [name, freshness === undefined ? rollup : { ...rollup, freshness }] as const;
    });
    return { ...cube, rollups: Object.fromEntries(rollups) };
  }

  /** What a question needs: the one cube that it names, or all where that cannot be told. */
  neededBy(query: unknown): { cubes: Catalogue; readings: Record<string, string> } {
    const names = cubesIn(query);
    const [only] = names;
    const definition =
      names.size === 1 && only !== undefined && Object.hasOwn(this.definitions, only)
        ? this.definitions[only]
        : undefined;
    if (only === undefined || definition === undefined) return this.all();
    return { cubes: { [only]: definition }, readings: this.readingsOf([only]) };
  }

  all(): { cubes: Catalogue; readings: Record<string, string> } {
    return { cubes: this.definitions, readings: this.readingsOf(this.cubes.keys()) };
  }

  /** How some cubes' fields are read. Told when asked for: most calls need none, or one cube's. */
  readingsOf(names: Iterable<string>): Record<string, string> {
    return Object.fromEntries([...names].map((name) => [name, this.readingOf(name)]));
  }

  private readingOf(name: string): string {
    let reading = this.readings.get(name);
    if (reading === undefined) {
      const definition = this.cubes.get(name)?.definition;
      reading = definition === undefined ? "" : readingOf(definition);
      this.readings.set(name, reading);
    }
    return reading;
  }
}

/** The same cube with the targets of its rollups taken out, into `targets`. */
function withoutFreshness(
  cube: CubeDefinition,
  targets: Record<string, FreshnessTarget>,
): CubeDefinition {
  const rollups = Object.entries(cube.rollups).map(([name, { freshness, ...rollup }]) => {
    if (freshness !== undefined) targets[`${cube.name}.${name}`] = freshness;
    return [name, rollup] as const;
  });
  return { ...cube, rollups: Object.fromEntries(rollups) };
}

/** The cubes whose members a query names in its lists. */
function cubesIn(query: unknown): Set<string> {
  const names = new Set<string>();
  const add = (member: unknown) => {
    const cube = typeof member === "string" ? /^([^.]+)\./.exec(member)?.[1] : undefined;
    if (cube !== undefined) names.add(cube);
  };
  if (typeof query !== "object" || query === null) return names;
  const { measures, dimensions, timeDimensions } = query as Record<string, unknown>;
  for (const list of [measures, dimensions]) if (Array.isArray(list)) list.forEach(add);
  if (Array.isArray(timeDimensions)) {
    for (const item of timeDimensions as unknown[]) {
      if (typeof item === "object" && item !== null)
        add((item as { dimension?: unknown }).dimension);
    }
  }
  return names;
}
