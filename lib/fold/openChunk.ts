/**
 * A chunk while a fold works on it. Most of a partition's series are not touched by a fold, so they
 * stay as stored: finding the touched ones and writing the others back costs no decoding.
 */
import type { DimensionValue } from "../model/cube.js";
import type { StoredRollup } from "../model/rollup.js";
import { compareDimensions } from "../tiles/cellKey.js";
import {
  TileReader,
  charactersOf,
  encodeSeries,
  excessOf,
  weightOf,
  type Series,
  type StoredSeries,
} from "../tiles/codec.js";
import { seriesHash, type Directory } from "../tiles/directory.js";
import type { TileColumns } from "../tiles/tile.js";

export class OpenChunk {
  changed = false;
  private readonly tile: TileReader | null;
  /** Null while all series are as stored. */
  private series: (Series | StoredSeries)[] | null = null;
  private knownWeight: number | null = null;
  private isSorted = true;

  constructor(
    private readonly rollup: StoredRollup,
    readonly number: number,
    stored: TileColumns | null,
  ) {
    this.tile = stored === null ? null : new TileReader(rollup, stored);
    if (stored === null) this.changed = true;
  }

  get size(): number {
    return this.series?.length ?? this.tile?.size ?? 0;
  }

  /** The size of all series, in cells. O(slots) the first time. */
  get weight(): number {
    if (this.knownWeight === null) {
      this.knownWeight = 0;
      for (let i = 0; i < this.size; i++) this.knownWeight += this.weightAt(i);
    }
    return this.knownWeight;
  }

  /** Calls back for each series that `index` knows. O(series). */
  find<T>(index: SeriesIndex<T>, found: (position: number, entry: T) => void): void {
    const { tile, series } = this;
    for (let position = 0; position < this.size; position++) {
      const entry =
        series === null && tile !== null
          ? index.get((dimension) => tile.dimensionAt(position, dimension))
          : index.get((dimension) => dimensionAt(series?.[position], dimension));
      if (entry !== undefined) found(position, entry);
    }
  }

  /** The series at a position that `find` gave, decoded from now on; the chunk counts as changed. */
  touch(position: number): Series {
    const series = this.list();
    this.changed = true;
    this.knownWeight = null;
    const found = series[position] as Series | StoredSeries;
    if (!("tile" in found)) return found;
    return (series[position] = found.tile.seriesAt(found.index));
  }

  add(series: Series | StoredSeries): void {
    this.list().push(series);
    this.changed = true;
    this.isSorted = false;
    if (this.knownWeight !== null) this.knownWeight += weightOfSeries(series);
  }

  /** Removes series without cells. Positions are void afterwards. */
  removeEmpty(): void {
    this.series = this.list().filter((series) => "tile" in series || series.cells.size > 0);
  }

  /**
   * Takes the series of the upper half of hashes out, and says at which hash it begins; null where
   * all series have one hash. O(series).
   */
  takeUpperHalf(): { from: number; series: (Series | StoredSeries)[] } | null {
    const hashed = this.list()
      .map((series) => ({ series, hash: seriesHash(dimensionsOf(series)) }))
      .sort((a, b) => a.hash - b.hash);
    let cut = Math.ceil(hashed.length / 2);
    while (cut > 0 && hashed[cut]?.hash === hashed[cut - 1]?.hash) cut--;
    if (cut === 0) cut = hashed.findIndex(({ hash }) => hash !== hashed[0]?.hash);
    const first = hashed[cut];
    if (first === undefined) return null;
    this.series = hashed.slice(0, cut).map(({ series }) => series);
    this.changed = true;
    this.knownWeight = null;
    this.isSorted = false;
    return { from: first.hash, series: hashed.slice(cut).map(({ series }) => series) };
  }

  /** Takes all series out, decoded. */
  takeAll(): Series[] {
    const all = this.list().map((one) => ("tile" in one ? one.tile.seriesAt(one.index) : one));
    this.series = [];
    this.changed = true;
    this.knownWeight = null;
    return all;
  }

  /** O(series). */
  holds(dimensions: readonly DimensionValue[]): boolean {
    return this.list().some((one) => compareDimensions(dimensionsOf(one), dimensions) === 0);
  }

  encode(directory: Directory | null): TileColumns {
    this.sort();
    return encodeSeries(this.rollup, { chunk: this.number, directory }, this.list());
  }

  private list(): (Series | StoredSeries)[] {
    const { tile } = this;
    return (this.series ??=
      tile === null ? [] : Array.from({ length: tile.size }, (_, index) => ({ tile, index })));
  }

  private weightAt(position: number): number {
    if (this.series === null) return this.tile?.weightAt(position) ?? 0;
    return weightOfSeries(this.series[position] as Series | StoredSeries);
  }

  private sort(): void {
    if (this.isSorted) return;
    this.series = this.list()
      .map((series) => ({ series, dimensions: dimensionsOf(series) }))
      .sort((a, b) => compareDimensions(a.dimensions, b.dimensions))
      .map(({ series }) => series);
    this.isSorted = true;
  }
}

/** Entries by dimension values, found without building keys: one map per dimension, nested. */
export class SeriesIndex<T> {
  private readonly root = new Map<DimensionValue, unknown>();
  /** For rollups without dimensions, whose only series has nothing to be found by. */
  private only: T | undefined;

  constructor(private readonly dimensionCount: number) {}

  set(dimensions: readonly DimensionValue[], entry: T): void {
    if (this.dimensionCount === 0) {
      this.only = entry;
      return;
    }
    let node = this.root;
    const last = this.dimensionCount - 1;
    for (let i = 0; i < last; i++) {
      const value = dimensions[i] ?? null;
      let next = node.get(value) as Map<DimensionValue, unknown> | undefined;
      if (next === undefined) node.set(value, (next = new Map()));
      node = next;
    }
    node.set(dimensions[last] ?? null, entry);
  }

  /** The entry of a series, or undefined. */
  get(valueOf: (dimension: number) => DimensionValue): T | undefined {
    if (this.dimensionCount === 0) return this.only;
    let node: unknown = this.root;
    for (let i = 0; i < this.dimensionCount && node !== undefined; i++) {
      node = (node as Map<DimensionValue, unknown>).get(valueOf(i));
    }
    return node as T | undefined;
  }
}

function weightOfSeries(series: Series | StoredSeries): number {
  if ("tile" in series) return series.tile.weightAt(series.index);
  let characters = excessOf(series.dimensions);
  for (const { values } of series.cells.values()) characters += charactersOf(values);
  return weightOf(series.cells.size, characters);
}

function dimensionAt(series: Series | StoredSeries | undefined, dimension: number): DimensionValue {
  if (series === undefined) return null;
  if ("tile" in series) return series.tile.dimensionAt(series.index, dimension);
  return series.dimensions[dimension] ?? null;
}

function dimensionsOf(series: Series | StoredSeries): DimensionValue[] {
  return "tile" in series ? series.tile.dimensionsAt(series.index) : series.dimensions;
}
