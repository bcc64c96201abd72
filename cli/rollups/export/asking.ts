/** Answers of the app's `load`, page after page of one snapshot. */
import type { Annotation } from "../../../lib/cubeJson/annotate.js";
import type { MetaCube } from "../../../lib/cubeJson/meta.js";
import type { Row } from "../../../lib/query/answer.js";
import type { BackendClient } from "../../backendClient.js";

/** What of an answer is exported, and what is said of it. */
export interface Loaded {
  query: { timezone: string } & Record<string, unknown>;
  data: Row[];
  annotation: Annotation;
  servedBy: string;
  exact: boolean;
  freshness: "live" | "folded";
  watermark: string;
  lastRefreshTime: string;
}

export type Query = Readonly<Record<string, unknown>>;

/** A snapshot is kept for 30 s, and a page takes a second at most: none is begun after this. */
const SNAPSHOT_MS = 20_000;

/** Half of the rows that one answer may have. */
export const PAGE_ROWS = 4096;

export class Asking {
  private snapshot: { client: BackendClient; until: number } | null = null;

  constructor(
    private readonly client: BackendClient,
    private readonly options: {
      module: string;
      /** The tenant's argument, or nothing. */
      tenant: Readonly<Record<string, string>>;
      freshness: "live" | "folded";
      timezone: string | undefined;
      /** Milliseconds; only differences count. */
      now: () => number;
    },
  ) {}

  get url(): string {
    return this.client.url;
  }

  /** Of the snapshot in which former pages were read, where that is still there. Throws what the app refuses. */
  async load(query: Query): Promise<Loaded> {
    const { module, tenant, freshness, timezone, now } = this.options;
    const asked = timezone === undefined ? query : { ...query, timezone };
    const args = { ...tenant, query: asked, freshness };
    const current =
      this.snapshot !== null && now() < this.snapshot.until
        ? this.snapshot
        : { client: this.client.snapshot(), until: now() + SNAPSHOT_MS };
    this.snapshot = current;
    return await current.client.query<Loaded>(`${module}:load`, args);
  }

  /** The newest snapshot from now on. */
  renew(): void {
    this.snapshot = null;
  }

  async meta(): Promise<{ cubes: MetaCube[] }> {
    return await this.client.query(`${this.options.module}:meta`, { ...this.options.tenant });
  }
}
