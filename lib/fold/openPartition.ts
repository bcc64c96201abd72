/** The chunks of a partition while a fold works on them, and the directory that says what each holds. */
import { RollupsError } from "../errors.js";
import type { StoredRollup } from "../model/rollup.js";
import { SINGLE, rangeOf, seriesHash, type Directory } from "../tiles/directory.js";
import type { TileColumns } from "../tiles/tile.js";
import { OpenChunk } from "./openChunk.js";

export interface FoldResult {
  /** New or changed chunks, whole, in order of chunk number. */
  put: TileColumns[];
  /** Numbers of chunks that are empty now. */
  drop: number[];
}

export class OpenPartition {
  private readonly chunks = new Map<number, OpenChunk>();
  private readonly directory: Directory;
  private isDirectoryChanged = false;

  /** `chunks` holds chunk 0, unless the partition is empty, and every chunk that will be asked for. */
  constructor(
    private readonly rollup: StoredRollup,
    chunks: readonly TileColumns[],
  ) {
    for (const chunk of chunks) {
      this.chunks.set(chunk.chunk, new OpenChunk(rollup, chunk.chunk, chunk));
    }
    const { from, chunk } = chunks.find(({ chunk }) => chunk === 0)?.directory ?? SINGLE;
    this.directory = { from: [...from], chunk: [...chunk] };
    this.adopt();
  }

  open(): Iterable<OpenChunk> {
    return this.chunks.values();
  }

  /** The chunk for a hash; an empty one where it is missing. */
  chunkFor(hash: number): OpenChunk {
    return this.chunkAt(rangeOf(this.directory, hash));
  }

  /**
   * Splits what is larger than `cellsMax`, drops what is empty. The partition must not be used any more.
   * Throws `TileTooLarge` where a chunk that cannot be split is larger than `seriesMax`.
   */
  finish({ cellsMax, seriesMax }: { cellsMax: number; seriesMax: number }): FoldResult {
    for (let position = 0; position < this.directory.from.length; position++) {
      const chunk = this.chunks.get(this.directory.chunk[position] as number);
      if (chunk?.changed !== true) continue;
      this.split(position, chunk, cellsMax);
      if (chunk.weight > seriesMax) throw this.tooLarge(chunk);
    }
    const drop = this.dropEmpty();
    const single = this.directory.from.length === 1;
    const put: TileColumns[] = [];
    for (const [number, chunk] of [...this.chunks].sort(([a], [b]) => a - b)) {
      if (!chunk.changed && !(number === 0 && this.isDirectoryChanged)) continue;
      put.push(chunk.encode(number === 0 && !single ? this.directory : null));
    }
    return { put, drop };
  }

  private chunkAt(position: number): OpenChunk {
    const number = this.directory.chunk[position] as number;
    let chunk = this.chunks.get(number);
    if (chunk === undefined) {
      this.chunks.set(number, (chunk = new OpenChunk(this.rollup, number, null)));
    }
    return chunk;
  }

  /** Moves the upper half of a chunk's series, by hash, to new chunks until it is small enough. */
  private split(position: number, chunk: OpenChunk, cellsMax: number): void {
    while (chunk.weight > cellsMax) {
      const upper = chunk.takeUpperHalf();
      if (upper === null) return;
      const number = Math.max(...this.directory.chunk, ...this.chunks.keys()) + 1;
      const target = new OpenChunk(this.rollup, number, null);
      for (const series of upper.series) target.add(series);
      this.chunks.set(number, target);
      this.directory.from.splice(position + 1, 0, upper.from);
      this.directory.chunk.splice(position + 1, 0, number);
      this.isDirectoryChanged = true;
    }
  }

  private tooLarge({ weight }: OpenChunk): RollupsError {
    const { cube, name } = this.rollup;
    return new RollupsError(
      "TileTooLarge",
      `${cube}.${name} holds more for one combination of dimension values than a document can; it needs a shorter partition`,
      { cube, rollup: name, weight },
    );
  }

  /** The range of an empty chunk falls to the one before it. Chunk 0 goes last. */
  private dropEmpty(): number[] {
    const drop: number[] = [];
    const isEmpty = (number: number) => this.chunks.get(number)?.size === 0;
    for (let position = this.directory.from.length - 1; position > 0; position--) {
      const number = this.directory.chunk[position] as number;
      if (!isEmpty(number)) continue;
      this.directory.from.splice(position, 1);
      this.directory.chunk.splice(position, 1);
      this.isDirectoryChanged = true;
      drop.push(number);
    }
    for (const [number, chunk] of this.chunks) {
      if (chunk.size === 0 && !this.directory.chunk.includes(number)) drop.push(number);
    }
    if (this.directory.from.length === 1 && isEmpty(0)) drop.push(0);
    for (const number of drop) this.chunks.delete(number);
    return [...new Set(drop)].sort((a, b) => a - b);
  }

  /**
   * Chunks that the directory does not know are what is left when somebody deleted chunk 0 by hand.
   * Their series move to where they will be looked for, unless they are there already.
   */
  private adopt(): void {
    const known = new Set(this.directory.chunk);
    for (const [number, orphan] of [...this.chunks]) {
      if (known.has(number)) continue;
      for (const series of orphan.takeAll()) {
        const home = this.chunkFor(seriesHash(series.dimensions));
        if (!home.holds(series.dimensions)) home.add(series);
      }
    }
  }
}
