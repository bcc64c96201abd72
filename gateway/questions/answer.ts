/** What the deployment answered, and its bytes: written once in each form that is asked for, and shared by all readers. */
import { createHash } from "node:crypto";
import { loadBody } from "../../src/cube/answers.js";
import type { CubeRequest } from "../../src/cube/requests.js";
import { sameJson } from "../../lib/hash/canonical.js";
import type { Loaded, LoadResponse } from "../../lib/cubeJson/response.js";

/** How an answer is written. */
export type Form = Pick<CubeRequest, "format" | "isMulti">;

/** Rows of one piece of a stream. */
const PIECE_ROWS = 500;

interface Written {
  /** The only result; all of the response where there are several. */
  told: Buffer;
  /** What stands around the only result in a response that lists it; null where there are several. */
  around: readonly [string, string] | null;
  hash: string;
}

export class Answer {
  private readonly bodies = new Map<string, Written>();
  private readonly lists = new Map<string, Buffer>();
  private readonly pieces = new Map<number, Buffer>();

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
   * on it. Throws as `body`.
   */
  id(form: Form): string {
    return `${this.watermark ?? 0}.${this.written(form.format).hash}`;
  }

  /** JSON without line breaks. Throws `InvalidQuery` and `UnsupportedQuery` as `loadBody`. O(rows), once. */
  body(form: Form): Buffer {
    const { told, around } = this.written(form.format);
    if (around === null) {
      // Throws where only a list of results can tell it.
      if (!form.isMulti) loadBody(this.loaded, form);
      return told;
    }
    if (!form.isMulti) return told;
    let bytes = this.lists.get(form.format);
    if (bytes === undefined) {
      bytes = Buffer.concat([Buffer.from(around[0]), told, Buffer.from(around[1])]);
      this.lists.set(form.format, bytes);
    }
    return bytes;
  }

  private written(format: Form["format"]): Written {
    let written = this.bodies.get(format);
    if (written === undefined) {
      written = write(loadBody(this.loaded, { format, isMulti: true }) as LoadResponse);
      this.bodies.set(format, written);
      this.serialised();
    }
    return written;
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

function write(response: LoadResponse): Written {
  const { results, ...rest } = response;
  const isOne = response.queryType === "regularQuery";
  const told = Buffer.from(JSON.stringify(isOne ? results[0] : response));
  const hash = createHash("sha256").update(told).digest("hex").slice(0, 8);
  const around = [`${JSON.stringify(rest).slice(0, -1)},"results":[`, "]}"] as const;
  return { told, around: isOne ? around : null, hash };
}

function toldOf(loaded: Loaded & { freshness?: string }) {
  const { query, data, annotation, total, servedBy, exact, freshness } = loaded;
  return { query, data, annotation, total, servedBy, exact, freshness };
}
