/** What the deployment answered, and its bytes: written once in each form that is asked for, and shared by all readers. */
import { createHash } from "node:crypto";
import { loadBody } from "../../src/cube/answers.js";
import type { CubeRequest } from "../../src/cube/requests.js";
import { sameJson } from "../../lib/hash/canonical.js";
import type { Loaded } from "../../lib/cubeJson/response.js";

/** How an answer is written. */
export type Form = Pick<CubeRequest, "format" | "isMulti">;

/** Rows of one piece of a stream. */
const PIECE_ROWS = 500;

export class Answer {
  private readonly bodies = new Map<string, Buffer>();
  private readonly pieces = new Map<number, Buffer>();
  private named: string | null = null;

  constructor(
    /** One for each query of the question. */
    readonly loaded: readonly Loaded[],
    /** Called for each form that is written. */
    private readonly serialised: () => void,
  ) {}

  /** The commit that it is of; null where several queries are answered, whose answers are of one snapshot. */
  get watermark(): string | null {
    return (this.loaded.length === 1 && this.loaded[0]?.watermark) || null;
  }

  /** Whether it includes the newest commit; else it is as of the last fold. */
  get isLive(): boolean {
    return this.loaded.every((one: Loaded & { freshness?: string }) => one.freshness === "live");
  }

  /**
   * "<watermark>.<hash>": upkeep may restore rows without a commit, so the commit alone does not name them. Gateways agree
   * on it.
   */
  get id(): string {
    if (this.named === null) {
      const told = this.body({ format: "default", isMulti: true });
      const hash = createHash("sha256").update(told).digest("hex").slice(0, 8);
      this.named = `${this.watermark ?? 0}.${hash}`;
    }
    return this.named;
  }

  /** JSON without line breaks. Throws `InvalidQuery` and `UnsupportedQuery` as `loadBody`. O(rows), once. */
  body(form: Form): Buffer {
    const name = `${form.format} ${form.isMulti}`;
    let bytes = this.bodies.get(name);
    if (bytes === undefined) {
      bytes = Buffer.from(JSON.stringify(loadBody(this.loaded, form)));
      this.bodies.set(name, bytes);
      this.serialised();
    }
    return bytes;
  }

  /** The rows of the only query as lines, in pieces; null behind the last. */
  lines(piece: number): Buffer | null {
    const rows = (this.loaded[0] as Loaded).data.slice(
      piece * PIECE_ROWS,
      (piece + 1) * PIECE_ROWS,
    );
    if (rows.length === 0) return null;
    let bytes = this.pieces.get(piece);
    if (bytes === undefined) {
      bytes = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
      this.pieces.set(piece, bytes);
      if (piece === 0) this.serialised();
    }
    return bytes;
  }

  /** Whether a reader of one has nothing to learn from the other. A newer commit alone is nothing. O(rows). */
  says(other: Answer): boolean {
    return sameJson(this.loaded.map(toldOf), other.loaded.map(toldOf));
  }
}

function toldOf(loaded: Loaded & { freshness?: string }) {
  const { query, data, annotation, total, servedBy, exact, freshness } = loaded;
  return { query, data, annotation, total, servedBy, exact, freshness };
}
