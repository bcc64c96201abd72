/**
 * Where the tiles of a cube come from: the tenant's view key, what there is to plan by, and the changes that the
 * tiles lack. `pull` takes all three as of one commit.
 */
import type { ConvexReactClient } from "convex/react";
import { WIRE_VERSION } from "../../../lib/answer/wireVersion.js";
import type { WireTail } from "../../../lib/answer/sentTail.js";
import { ReadTail } from "../../../lib/answer/wireTail.js";
import { levelKey } from "../../../lib/planner/blocks.js";
import type { Candidate } from "../../../lib/planner/plan.js";
import type { Bootstrap } from "../answerCache.js";
import type { HeldApi, HeldCatalog, TenantArgs } from "../api.js";
import { keyOf } from "../query.js";
import type { Part } from "./HeldBlocks.js";
import { Subscription } from "./Subscription.js";

export interface SourceOptions {
  client: ConvexReactClient;
  held: HeldApi;
  tenant: TenantArgs;
  cube: string;
  saved: Bootstrap | null;
  save: (known: Bootstrap) => void;
  changed: (isFirst: boolean) => void;
}

export class HeldSource {
  /** By which is planned: the server's, or that of the last visit until the server's is there. */
  catalog: HeldCatalog | null = null;
  tail: ReadTail | null = null;
  /** Goes up with the changes, and with what the generations have folded of them. */
  tailVersion = 0;
  isLive = true;
  private unfoldedSince: string | null = null;
  /** Changes with what plans depend on: the catalog, and how generations stand. */
  planVersion = 0;
  /** Changes with the view key. */
  keyVersion = 0;
  private key: string | null = null;
  private readonly keys: Subscription<string>;
  private catalogs: Subscription<HeldCatalog> | null = null;
  private tails: Subscription<WireTail> | null = null;
  /** The catalog's generations, as they stand beside the tail. */
  candidates: readonly Candidate[] = [];
  private told = "";
  private standing = "";
  private catalogText = "";
  private readonly waiting = new Set<() => void>();

  constructor(private readonly options: SourceOptions) {
    const { client, held, tenant, saved, changed } = options;
    this.keys = new Subscription(client, held.key, tenant, changed);
    if (saved?.catalog.version !== WIRE_VERSION) return;
    this.useKey(saved.key);
    this.catalog = saved.catalog;
    this.candidates = saved.catalog.candidates;
  }

  /** Whether answers can be given: by a catalog and a tail of now. */
  get isReady(): boolean {
    return this.tail !== null && this.catalogs?.value !== undefined && !this.isOutdated;
  }

  /** Whether the caller may not read the tenant, or something else fails: the server has to say what. */
  get isRefused(): boolean {
    return [this.keys, this.catalogs, this.tails].some((one) => one !== null && one.error !== null);
  }

  /** Whether the backend's form of what is held is another than this code reads. */
  get isOutdated(): boolean {
    const told = this.catalogs?.value;
    return told !== undefined && told.version !== WIRE_VERSION;
  }

  /** "rollup@generation status" of each candidate; undefined before it is known, null where that is refused. */
  get generations(): string | null | undefined {
    return this.isRefused || this.isOutdated ? null : this.isReady ? this.standing : undefined;
  }

  /** Resolves once it is ready, refused or outdated, and when it stops. */
  async settled(): Promise<void> {
    if (this.isReady || this.isRefused || this.isOutdated) return;
    await new Promise<void>((told) => this.waiting.add(told));
  }

  /** The field that says when a record was. */
  get timeField(): string {
    return this.catalog?.definition.time ?? "";
  }

  /** The levels of generations that serve. */
  get servingLevels(): ReadonlySet<string> {
    const serving = this.candidates.filter(({ status }) => status === "ready");
    return new Set(
      serving.flatMap((one) => one.rollup.levels.map((level) => levelKey(one, level))),
    );
  }

  /** Age of the oldest change that tiles lack, ms; null before that is known. */
  lagMs(now: number): number | null {
    if (this.tail === null) return null;
    const { unfoldedSince: since } = this;
    return since === null ? 0 : Math.max(0, now - Number(BigInt(since) / 1_000_000n));
  }

  subscribe({ rollup, generation, of, block }: Part): Subscription<string | null> {
    const { client, held, changed } = this.options;
    const range = { generation, granularity: of.granularity, ...block };
    const args = { ...this.args(), rollup: `${rollup.cube}.${rollup.name}`, ...range };
    return new Subscription(client, held.tiles, args, changed);
  }

  /** Takes what the client has now. Throws what is no tail. */
  pull(): void {
    this.keys.pull();
    const { value: key } = this.keys;
    if (key !== undefined && key !== this.key) this.useKey(key);
    this.pullCatalog();
    if (this.isOutdated) return this.tellWaiting();
    this.pullTail();
    const standing = this.catalog?.candidates ?? [];
    this.candidates = this.tail?.candidates(standing) ?? [...standing];
    const named = this.candidates.map(
      ({ rollup, generation, status }) => `${rollup.name}@${generation} ${status}`,
    );
    if (named.join() !== this.standing) this.planVersion++;
    this.standing = named.join();
    if (this.isReady || this.isRefused) this.tellWaiting();
  }

  /** Leaves the tail, which each write sends; what is known of it stays as it is. */
  rest(): void {
    this.tails?.stop();
    this.tails = null;
  }

  wake(): void {
    if (this.tails === null && this.key !== null) this.followTail();
  }

  stop(): void {
    this.tellWaiting();
    this.keys.stop();
    this.catalogs?.stop();
    this.tails?.stop();
  }

  private tellWaiting(): void {
    for (const told of this.waiting) told();
    this.waiting.clear();
  }

  private args() {
    return { ...this.options.tenant, key: this.key ?? "" };
  }

  private useKey(key: string): void {
    const { client, held, cube, changed } = this.options;
    this.key = key;
    this.keyVersion++;
    this.catalogs?.stop();
    this.catalogs = new Subscription(client, held.catalog, { ...this.args(), cube }, changed);
    this.followTail();
  }

  /** Nothing is evaluated before it is there. */
  private followTail(): void {
    const { client, held, cube, changed } = this.options;
    this.tails?.stop();
    this.tail = null;
    this.told = "";
    this.tails = new Subscription(client, held.tail, { ...this.args(), cube }, changed);
  }

  private pullCatalog(): void {
    if (this.catalogs?.pull() !== true) return;
    const { value } = this.catalogs;
    if (value === undefined || this.isOutdated) return;
    const text = keyOf(value);
    if (text === this.catalogText) return;
    this.catalogText = text;
    if (this.catalog === null || keyOf(this.catalog) !== text) this.planVersion++;
    this.catalog = value;
    this.options.save({ key: this.key ?? "", catalog: value });
  }

  private pullTail(): void {
    if (this.tails?.pull() !== true) return;
    const { value } = this.tails;
    if (value === undefined) {
      this.tail = null;
      return;
    }
    const { changes, readings, generations } = value;
    const told = keyOf([
      ...[changes, readings],
      ...generations.map(({ rollup, generation, from, to }) => [rollup, generation, from, to]),
    ]);
    if (told !== this.told || this.tail === null) this.tailVersion++;
    this.told = told;
    this.tail = new ReadTail(this.options.cube, value, this.tail);
    this.isLive = value.isLive;
    this.unfoldedSince = value.unfoldedSince;
  }
}
