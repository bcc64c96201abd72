/**
 * Every cell of every rollup that serves, against cells made afresh of the source's documents, each record
 * looked at once.
 */
import { jsonToConvex } from "convex/values";
import { catalogue } from "../../convex/cubes.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { projectFact } from "../../lib/model/fact.js";
import type { StoredRollup } from "../../lib/model/rollup.js";
import { decodeTile } from "../../lib/tiles/codec.js";
import type { Cell, TileColumns } from "../../lib/tiles/tile.js";
import { placeKey, trueCells } from "../../lib/verification/trueCells.js";
import type { Database } from "../../local/database/database.js";

export interface Exactness {
  /** That must be there. */
  cells: number;
  /** That are there with other values, or with extremes that are not found again. */
  wrong: number;
  missing: number;
  unexpected: number;
}

interface Tile extends TileColumns {
  tenantId: string;
  rollup: string;
  generation: number;
  granularity: string;
  partitionStart: number;
}

interface State {
  tenantId: string;
  cube: string;
  rollup: string;
  generation: number;
  status: string;
  definition: StoredRollup;
}

/** Statistics as a text; a cell of which something is pending equals no other. */
const textOf = ({ values, pending }: Cell) => `${values.join("|")}${pending > 0 ? " pending" : ""}`;

export function compareCells(database: Database, tenantId: string): Exactness {
  const documents = function* <T extends { tenantId: string }>(
    component: string,
    name: string,
  ): Generator<T> {
    const table = database.catalog.table(component, name);
    if (table === undefined) return;
    for (const { text } of database.documents(table)) {
      const document = jsonToConvex(JSON.parse(text) as never) as unknown as T;
      if (document.tenantId === tenantId) yield document;
    }
  };
  const levels = new Map<string, Tile[]>();
  const levelKey = (rollup: string, generation: number, granularity: string) =>
    `${rollup}@${generation} by ${granularity}`;
  for (const tile of documents<Tile>("rollups", "rollupTiles")) {
    const key = levelKey(tile.rollup, tile.generation, tile.granularity);
    const tiles = levels.get(key);
    if (tiles === undefined) levels.set(key, [tile]);
    else tiles.push(tile);
  }
  const facts = new Map(
    Object.values(catalogue).map((cube) => {
      const rows = documents<{ tenantId: string }>("", cube.table);
      const projected = [...rows].map((row) =>
        projectFact(cube as CubeDefinition, row as Record<string, unknown>),
      );
      return [cube.name as string, projected];
    }),
  );
  const sums: Exactness = { cells: 0, wrong: 0, missing: 0, unexpected: 0 };
  for (const state of documents<State>("rollups", "rollupStates")) {
    if (state.status !== "ready") continue;
    const { definition } = state;
    for (const level of definition.levels) {
      const key = levelKey(`${state.cube}.${state.rollup}`, state.generation, level.granularity);
      const expected = trueCells(definition, level, facts.get(state.cube)!);
      sums.cells += expected.size;
      for (const tile of levels.get(key) ?? []) {
        for (const cell of decodeTile(definition, level, tile.partitionStart, tile)) {
          const place = placeKey(cell);
          const wanted = expected.get(place);
          if (wanted === undefined) sums.unexpected++;
          else if (textOf(cell) !== textOf(wanted)) sums.wrong++;
          expected.delete(place);
        }
      }
      sums.missing += expected.size;
    }
  }
  return sums;
}
