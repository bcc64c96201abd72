/**
 * A world: two tenants on one database, the product's code at some version, and the book of what was
 * written. Each step changes the world through the product's own functions.
 */
import type { Transaction } from "../../../local/database/transaction.js";
import type { FunctionReturnType } from "convex/server";
import type { components } from "../../../convex/_generated/api.js";
import { countStored } from "../../../lib/fold/changeColumns.js";
import type { PlannedWork } from "../../../convex/components/rollups/schema/work.js";
import { Execution, type Host, type Scheduled } from "../backend/calls.js";
import { documentOf, type Calls, type Document } from "../backend/context.js";
import type { Deployment } from "../backend/deployment.js";
import { allow, appTables, isChecked, openDatabase } from "../backend/engine.js";
import { knobs, turn } from "../backend/knobs.js";
import type { RollupDefinition } from "../../../lib/model/cube.js";
import { catalogues } from "../source/cubes.js";
import type { Row } from "../source/rows.js";
import { Broken, sourceTables, tenantIds, upkeepTables } from "./rules.js";
import { recordsFrom } from "../oracle/retention.js";
import { seenOf, SourceBook, type SourceDocument } from "./source.js";
import type { Edit, IterationLimits, Step, Trace, Write } from "./steps.js";
import { drift, mustBeSound } from "./verification.js";

const DOCUMENTS_MAX = 14;
/** Where documents without a tenant are, among those of the tenants. */
const LIMBO = tenantIds.length;
const CLOCK_DEFAULT = Date.UTC(2025, 10, 5);
const DAY_MS = 86_400_000;

/** What an iteration of the worker did, for counting. */
export type Event =
  | "idle"
  | "dropped"
  | "started"
  | "retired"
  | "folded"
  | "stoppedInCommit"
  | "stoppedInRow"
  | "foldedAhead"
  | "paged"
  | "cutOver"
  | "swept"
  | "repaired"
  | "trimmed"
  | "conflicted"
  | "stalePlanWorked"
  /** A range was queued to be computed anew. */
  | "refreshed"
  /** A pass came to its end. */
  | "verified"
  /** A window of a pass took several steps. */
  | "verifiedInPieces"
  /** A bucket was restored in several steps. */
  | "restoredInPieces"
  /** A pass found what was written past capture. */
  | "drifted"
  /** A change could not be folded; it was replayed. */
  | "setAside"
  /** An answer was made of quarters of an hour. */
  | "readQuarters"
  /** Hours of day or weekdays were told that the rollup does not store, or not in that zone. */
  | "toldHours"
  /** An answer was to include a commit, and did, or was refused. */
  | "atLeast"
  | "behind"
  /** A scan included a commit that a tail too long to be added holds. */
  | "caughtUp"
  /** Tiles past their retention are not stored any more. */
  | "expiredTiles"
  /** The time that records reach back to was moved. */
  | "sourceMoved"
  /** Records before it were deleted. */
  | "recordsExpired"
  /** A generation serves whose history was taken from another's tiles. */
  | "derived"
  /** A declared rollup is not built, as records that it asks for have expired. */
  | "refusedStart"
  /** A rollup told about a time of which records have expired. */
  | "toldExpired"
  /** Ranges that were compared took different routes. */
  | "mixedRoutes";

interface DeclaredRollup extends RollupDefinition {
  cube: string;
  name: string;
}

const declared = catalogues.map((catalogue) =>
  Object.values(catalogue).flatMap(({ name: cube, rollups }) =>
    Object.entries(rollups).map(([name, rollup]): DeclaredRollup => ({ ...rollup, cube, name })),
  ),
);

/** What a state says of a level that is, or was, kept for a limited time. */
interface Kept {
  granularity: string;
  storedFrom: number | null;
  since: number;
}

type Found = { kind: "work"; batch: PlannedWork } | { kind: "idle" };

/** What steps call of a database's writer. */
export interface Writer {
  insert(table: string, value: unknown): Promise<string>;
  get(table: string, id: string): Promise<Document | null>;
  patch(table: string, id: string, value: unknown): Promise<void>;
  replace(table: string, id: string, value: unknown): Promise<void>;
  delete(table: string, id: string): Promise<void>;
}

/** An answer. */
export type Loaded = FunctionReturnType<typeof components.rollups.aggregates.load>;

interface Plan {
  work: PlannedWork;
  /** Commits so far when it was made. */
  at: bigint;
}

export class World {
  readonly database;
  readonly books = tenantIds.map(() => new SourceBook());
  readonly zones: string[];
  /** Zones that a tenant's people also ask in. */
  readonly otherZones: string[][];
  version: number;
  /** What the backend's clock shows. */
  clock: number;
  /** How long each level of a rollup was ever declared to be kept, by cube, rollup and granularity. */
  readonly retained = new Map<string, Set<string>>();
  /** What the last step did, and to which tenants. */
  events: Event[] = [];
  touched = new Set<number>();
  /** Documents without a tenant. */
  private limbo = new Map<string, SourceDocument>();
  /** Kinds of changes in the last mutation of each tenant. */
  readonly lastChange = tenantIds.map(() => "none");
  /** When writers and the worker begin. Writers may be at one time for long; the worker paces itself. */
  private now = Date.UTC(2025, 0, 1);
  private workerNow = this.now;
  /** Per table, the tenants' documents in a tree. */
  private readonly scans = new Map<string, { tree: object; found: Document[][] }>();
  private readonly plans: (Plan | null)[] = tenantIds.map(() => null);
  private readonly worked: (PlannedWork | null)[] = tenantIds.map(() => null);
  /** Workers whose loops run; all others wait to be woken. */
  private readonly awake = new Set<string>();
  /** How often a worker was woken, or its rest ended. */
  private wakes = 0;
  private readonly host: Host;

  constructor(
    readonly trace: Omit<Trace, "steps">,
    private readonly deployments: readonly Deployment[],
  ) {
    this.database = openDatabase(trace.seed);
    this.version = trace.version;
    this.clock = trace.clock ?? CLOCK_DEFAULT;
    this.zones = [...trace.zones];
    this.otherZones = [...(trace.otherZones ?? tenantIds.map(() => []))];
    this.noteRetention();
    const { awake } = this;
    const codeNow = () => this.code;
    this.host = {
      get code() {
        return codeNow();
      },
      isChecked: isChecked(trace.seed),
      isAwake: (worker) => awake.has(worker),
      wake: (worker) => {
        awake.add(worker);
        this.wakes++;
      },
    };
  }

  get code(): Deployment {
    return this.deployments[this.version]!;
  }

  async open(): Promise<void> {
    await this.mutate(async (execution) => {
      const { db } = execution.context("", true) as unknown as { db: Writer };
      for (const [i, tenantId] of tenantIds.entries()) {
        const clocks = { timezone: this.zones[i]!, zones: this.otherZones[i]! };
        await db.insert("tenants", { tenantId, ...clocks, mode: "on" });
      }
      await execution.call("", "rollups:start", {});
    });
  }

  async run(step: Step): Promise<void> {
    this.events = [];
    this.touched = new Set("tenant" in step ? [step.tenant] : []);
    turn({ cells: this.trace.cells });
    await this.take(step);
    allow(this.database, 1);
  }

  private async take(step: Step): Promise<void> {
    switch (step.do) {
      case "write":
        await (await this.begin(step)).commit();
        return;
      case "fold":
        await this.fold(step.tenant, step.limits);
        return;
      case "plan":
        this.plans[step.tenant] = await this.plan(step.tenant, step.limits);
        return;
      case "work": {
        const plan = this.plans[step.tenant]!;
        this.plans[step.tenant] = null;
        if (plan === null) return;
        const isStale = plan.at !== this.database.latest.ts;
        await this.work(step.tenant, plan.work, step.limits);
        if (isStale && !this.events.includes("dropped")) this.events.push("stalePlanWorked");
        return;
      }
      case "crash":
        await this.crash(step.tenant, step.working);
        return;
      case "again": {
        const work = this.worked[step.tenant]!;
        if (work !== null) await this.work(step.tenant, work, {});
        return;
      }
      case "race":
        await this.race(step);
        return;
      case "deploy":
        this.version = step.version;
        this.noteRetention();
        this.touched = new Set([0, 1]);
        return;
      case "zone":
        await this.setZone(step.tenant, step.zone);
        return;
      case "expire":
        if (step.isQuiet && catalogues[this.version]!.sales!.expire !== undefined) {
          await this.drain(step.tenant, {});
          await mustBeSound(this, step.tenant);
        }
        for (let run = 0; run < step.runs; run++) await this.expire(step.tenant, "sales");
        return;
      case "wait":
        this.clock += step.days * DAY_MS;
        if (step.isQuiet) for (const tenant of [0, 1]) await this.drain(tenant, {});
        this.touched = new Set([0, 1]);
        return;
      case "zones":
        await this.setOtherZones(step.tenant, step.zones);
        return;
      case "flag":
        await this.patchTenant(step.tenant, { mode: step.mode });
        return;
      case "rebuild":
        await this.rebuild(step.tenant, step.cube);
        return;
      case "refresh":
        await this.refresh(step);
        return;
      case "verify":
        await mustBeSound(this, step.tenant, step.limits, step.between);
        return;
      case "drift":
        await drift(this, step);
        return;
      case "drain":
        await this.drain(step.tenant, step.limits);
        return;
      default:
        step satisfies never;
    }
  }

  /** All documents of a tenant in a table, past every index and limit. */
  documents(table: string, tenant: number): readonly Document[] {
    const side = appTables.has(table) ? "" : "rollups";
    const known = this.database.catalog.table(side, table)!;
    // Trees never change once published, so what was found in one stays true of it.
    const tree = this.database.latest.tree(known.slots[0]!);
    let scan = this.scans.get(table);
    if (scan?.tree !== tree) {
      const all = [...tree.values()].map(({ text }) => documentOf(text));
      const found = tenantIds.map((id) => all.filter(({ tenantId }) => tenantId === id));
      this.scans.set(table, (scan = { tree, found }));
    }
    return scan.found[tenant]!;
  }

  /** The same in order of creation. */
  oldestFirst(table: string, tenant: number): Document[] {
    return [...this.documents(table, tenant)].sort(
      (a, b) => a._creationTime - b._creationTime || (a._id < b._id ? -1 : 1),
    );
  }

  /** The rollups that the code declares now. */
  declared(): DeclaredRollup[] {
    return declared[this.version]!;
  }

  /** From when on a tenant's records are whole, by cube; of a cube that is not there all are. */
  sourceFrom(tenant: number, cube: string): number | null {
    const row = this.documents("sourceStates", tenant).find((one) => one.cube === cube);
    return (row?.from ?? null) as number | null;
  }

  /** One step of expiry: it moves the time that records reach back to, or deletes those before it. */
  private async expire(tenant: number, cube: "sales" | "visits"): Promise<void> {
    const book = this.books[tenant]!;
    const before = this.sourceFrom(tenant, cube);
    const { expire } = catalogues[this.version]![cube]!;
    turn({ cells: this.trace.cells });
    const args = { tenantId: tenantIds[tenant], cube };
    const ts = await this.mutate((one) => one.call("rollups", "expiry/expire:step", args));
    const from = this.sourceFrom(tenant, cube);
    const there = new Set(this.documents(cube, tenant).map(({ _id }) => _id));
    const gone = [...book.documents.values()].filter(
      (one) => one.cube === cube && !there.has(one.id),
    );
    if (from !== before) {
      const wanted = recordsFrom(expire ?? "", this.zones[tenant]!, this.clock);
      if (from !== wanted || from < (before ?? -Infinity) || gone.length > 0) {
        throw new Broken(`Records expire before ${String(from)}, must before ${wanted}.`);
      }
      this.events.push("sourceMoved");
    }
    if (gone.length === 0) return;
    if (gone.some(({ row }) => row.at >= (before ?? -Infinity))) {
      throw new Broken("A record that is to stay has expired.");
    }
    book.expire(ts, gone);
    this.events.push("recordsExpired");
  }

  private noteRetention(): void {
    for (const { cube, name, retain = {} } of this.declared()) {
      for (const [granularity, text] of Object.entries(retain)) {
        const level = `${cube}.${name} ${granularity}`;
        const known = this.retained.get(level) ?? new Set();
        this.retained.set(level, known.add(text));
      }
    }
  }

  /** Iterations until there is nothing to do. */
  async drain(tenant: number, limits: IterationLimits): Promise<void> {
    for (let i = 0; i < 4000; i++) if (!(await this.fold(tenant, limits))) return;
    throw new Broken("The worker never comes to an end.");
  }

  async fold(tenant: number, limits: IterationLimits): Promise<boolean> {
    const plan = await this.plan(tenant, limits);
    if (plan === null) return false;
    await this.work(tenant, plan.work, limits);
    return true;
  }

  private async plan(tenant: number, limits: IterationLimits): Promise<Plan | null> {
    this.limit(limits);
    const { latest } = this.database;
    const name = `fold:${tenantIds[tenant]}`;
    const execution = new Execution(this.database.readAt(latest), this.host);
    const found = (await execution.call("rollups", "worker/nextWork:nextWork", { name })) as Found;
    if (found.kind !== "work") {
      this.events.push("idle");
      this.awake.delete(name);
      return null;
    }
    mustBeWithin(found.batch.job);
    return { work: found.batch, at: latest.ts };
  }

  /** One iteration. A conflict makes it run again, as the backend does. */
  private async work(
    tenant: number,
    work: PlannedWork,
    limits: IterationLimits,
    meanwhile?: () => Promise<void>,
  ): Promise<void> {
    this.worked[tenant] = work;
    const before = this.lookAt(tenant);
    const woken = this.wakes;
    for (let attempt = 0; ; attempt++) {
      this.limit(limits);
      const transaction = this.database.begin(++this.workerNow);
      const result = await this.attempt(transaction, work);
      if (attempt === 0) await meanwhile?.();
      try {
        this.database.commit(transaction, "work");
      } catch {
        if (attempt > 0) throw new Broken("The worker loses against nobody.");
        // A wake-up says when the worker is due, as its iterations do. The clock stands still here, so one
        // may end the rest of a worker that is at work.
        if (this.wakes === woken) this.events.push("conflicted");
        continue;
      }
      if (result === null && work.job.kind === "fold") {
        this.events.push("dropped");
      }
      break;
    }
    this.note(before, this.lookAt(tenant));
  }

  private async attempt(transaction: Transaction, work: PlannedWork): Promise<unknown> {
    try {
      const execution = new Execution(transaction, this.host);
      // A loop plans and works in one execution, by what one version of the app says. Here it may be another.
      const ask = { op: "catalogue", tenantId: work.tenantId };
      const told = (await execution.call("", "rollups:source", { ask })) as object;
      const app = { ...told, source: work.app.source };
      const result = await execution.call("rollups", "worker/worker:work", { ...work, app });
      this.mustNotRead(transaction, sourceTables, "The worker's transaction");
      return result;
    } catch (error) {
      this.database.release(transaction);
      throw error;
    }
  }

  /** A mutation that is done and not committed. */
  async begin(write: Write): Promise<{ commit(): Promise<void> }> {
    turn({ cells: this.trace.cells, rowChanges: write.rowChanges });
    allow(this.database, 1);
    this.now += write.later;
    const transaction = this.database.begin(this.now);
    const execution = new Execution(transaction, this.host);
    const { db, flush } = this.code.rollups.capturing(execution.context("", true) as never);
    const limbo = new Map(this.limbo);
    const documents = [...this.books.map((book) => new Map(book.documents)), limbo];
    const changes = this.books.map((): Parameters<SourceBook["enter"]>[2] => []);
    const kinds = tenantIds.map(() => new Set<string>());
    try {
      for (const edit of write.edits) {
        await this.edit(db, edit, documents, changes, kinds);
      }
      await flush();
      this.mustNotRead(transaction, upkeepTables, "A source mutation");
    } catch (error) {
      this.database.release(transaction);
      throw error;
    }
    const commit = async () => {
      let ts: bigint;
      try {
        ts = this.database.commit(transaction, "write");
      } catch {
        throw new Broken("A source mutation conflicts with upkeep.");
      }
      await this.beginScheduled(execution);
      for (const [i, tenantId] of tenantIds.entries()) {
        if (changes[i]!.length === 0 || this.awake.has(`fold:${tenantId}`)) continue;
        throw new Broken(`A write leaves the worker of ${tenantId} asleep.`);
      }
      this.limbo = limbo;
      this.books.forEach((book, i) => {
        book.enter(ts, documents[i]!, changes[i]!, write.rowChanges);
        const found = kinds[i]!;
        if (found.size === 0) return;
        this.touched.add(i);
        this.lastChange[i] = found.size > 1 ? "batch" : [...found][0]!;
      });
    };
    return { commit };
  }

  async edit(
    db: Writer,
    edit: Edit,
    documents: Map<string, SourceDocument>[],
    changes: Parameters<SourceBook["enter"]>[2][],
    kinds: Set<string>[],
  ): Promise<void> {
    const { tenant } = edit;
    const mine = documents[tenant]!;
    const log = (tenant: number, { cube, id }: SourceDocument, after: SourceDocument | null) =>
      changes[tenant]!.push({ cube, id, after });
    if (edit.op === "insert") {
      if (mine.size >= DOCUMENTS_MAX) {
        await this.edit(db, { op: "delete", tenant, pick: 0 }, documents, changes, kinds);
      }
      const { cube, row } = edit;
      const id = await db.insert(cube, { ...row, tenantId: tenantIds[tenant] });
      const { _creationTime } = (await db.get(cube, id))!;
      const document = { id, createdAt: _creationTime, cube, row };
      mine.set(id, document);
      log(tenant, document, document);
      kinds[tenant]!.add(row.at < Date.UTC(2024, 11) ? "late" : "insert");
      return;
    }
    if (edit.op === "enter" && mine.size >= DOCUMENTS_MAX) return;
    const from = edit.op === "enter" ? documents[LIMBO]! : mine;
    const index = edit.pick < 0 ? from.size - 1 : edit.pick % Math.max(1, from.size);
    const document = [...from.values()][index];
    if (document === undefined) return;
    const { id, cube } = document;
    switch (edit.op) {
      case "delete":
        await db.delete(cube, id);
        mine.delete(id);
        log(tenant, document, null);
        kinds[tenant]!.add("delete");
        return;
      case "move":
        await db.patch(cube, id, { tenantId: tenantIds[1 - tenant] });
        mine.delete(id);
        documents[1 - tenant]!.set(id, document);
        log(tenant, document, null);
        log(1 - tenant, document, document);
        kinds[tenant]!.add("move");
        kinds[1 - tenant]!.add("move");
        return;
      case "leave":
        if (edit.replace) await db.replace(cube, id, { ...document.row });
        else await db.patch(cube, id, { tenantId: null });
        mine.delete(id);
        documents[LIMBO]!.set(id, document);
        log(tenant, document, null);
        kinds[tenant]!.add("move");
        return;
      case "enter": {
        const fields = Object.entries(edit.set).filter(([field]) => field in document.row);
        const set = Object.fromEntries(fields);
        await db.patch(cube, id, { ...set, tenantId: tenantIds[tenant] });
        const after = { ...document, row: { ...document.row, ...set } as Row };
        from.delete(id);
        mine.set(id, after);
        log(tenant, after, after);
        kinds[tenant]!.add("move");
        return;
      }
      case "update": {
        const fields = Object.entries(edit.set).filter(([field]) => field in document.row);
        const row = { ...document.row, ...Object.fromEntries(fields) } as Row;
        if (edit.replace === true) {
          await db.replace(cube, id, { ...row, tenantId: tenantIds[tenant] });
        } else await db.patch(cube, id, Object.fromEntries(fields));
        const after = { ...document, row };
        mine.set(id, after);
        if (seenOf(row) === seenOf(document.row)) return;
        log(tenant, document, after);
        const isKey = fields.some(
          ([field]) => !["price", "quantity", "size", "weight", "stay"].includes(field),
        );
        kinds[tenant]!.add(isKey ? "rekey" : "update");
      }
    }
  }

  private async crash(tenant: number, working: boolean): Promise<void> {
    const plan = this.plans[tenant] ?? (await this.plan(tenant, {}));
    this.plans[tenant] = null;
    if (plan === null || !working) return;
    const transaction = this.database.begin(++this.workerNow);
    await this.attempt(transaction, plan.work);
    this.database.release(transaction);
  }

  private async race(step: Extract<Step, { do: "race" }>): Promise<void> {
    const plan = await this.plan(step.tenant, step.limits);
    const write = async () => {
      const mutation = await this.begin(step.write);
      await mutation.commit();
    };
    if (plan === null) return await write();
    if (step.first === "writer") {
      // The worker is at work when the mutation runs and commits.
      return await this.work(step.tenant, plan.work, step.limits, write);
    }
    const mutation = await this.begin(step.write);
    await this.work(step.tenant, plan.work, step.limits);
    await mutation.commit();
  }

  private async setZone(tenant: number, timezone: string): Promise<void> {
    await this.patchTenant(tenant, { timezone });
    this.zones[tenant] = timezone;
  }

  private async setOtherZones(tenant: number, zones: string[]): Promise<void> {
    await this.patchTenant(tenant, { zones });
    this.otherZones[tenant] = zones;
  }

  private async refresh(step: Extract<Step, { do: "refresh" }>): Promise<void> {
    const { tenant, cube, dateRange } = step;
    const before = this.documents("repairs", tenant).length;
    const refusal = await this.call(tenant, "refresh", { cube, dateRange });
    if (refusal !== null) this.mustServeNothing(tenant, cube, refusal);
    if (this.documents("repairs", tenant).length > before) this.events.push("refreshed");
  }

  private mustServeNothing(tenant: number, cube: string, refusal: string): void {
    const serving = this.documents("rollupStates", tenant).filter(
      (state) => state.cube === cube && state.status === "ready",
    );
    if (refusal === "SourceExpired" && this.sourceFrom(tenant, cube) !== null) return;
    if (refusal !== "UnknownRollup" || serving.length > 0) {
      throw new Broken(
        `${cube} has ${serving.length} serving rollups, but is refused: ${refusal}.`,
      );
    }
  }

  private async patchTenant(tenant: number, fields: Record<string, unknown>): Promise<void> {
    const [row] = this.documents("tenants", tenant);
    await this.mutate(async (execution) => {
      const { db } = execution.context("", true) as unknown as { db: Writer };
      await db.patch("tenants", row!._id, fields);
    });
  }

  /** An admin's call. Returns the code of a refusal. */
  async call(
    tenant: number,
    name: "rebuild" | "refresh" | "replay",
    args: Record<string, unknown> = {},
  ): Promise<string | null> {
    const given = { tenantId: tenantIds[tenant], ...args };
    try {
      await this.mutate((execution) => execution.call("", `rollups:${name}`, given));
    } catch (error) {
      const { data } = error as { data?: { code?: string } };
      if (data?.code === undefined) throw error;
      return data.code;
    }
    return null;
  }

  /**
   * For an admin, or as if the declared definitions had changed and changed back: the worker builds
   * generations anew.
   */
  private async rebuild(tenant: number, cube?: string): Promise<void> {
    if (cube !== undefined) {
      const refusal = await this.call(tenant, "rebuild", { cube });
      if (refusal !== null) this.mustServeNothing(tenant, cube, refusal);
      return;
    }
    const ready = this.documents("rollupStates", tenant).filter(({ status }) => status === "ready");
    await this.mutate(async (execution) => {
      const { db } = execution.context("rollups", true) as unknown as { db: Writer };
      for (const { _id } of ready) {
        await db.patch("rollupStates", _id, { fingerprint: "of another definition" });
      }
    });
  }

  /** A mutation that is no source mutation; it may leave some tables unread. */
  async mutate(
    body: (execution: Execution) => Promise<unknown>,
    unread = new Set<string>(),
  ): Promise<bigint> {
    const transaction = this.database.begin(++this.workerNow);
    const execution = new Execution(transaction, this.host);
    try {
      await body(execution);
    } catch (error) {
      this.database.release(transaction);
      throw error;
    }
    this.mustNotRead(transaction, unread, "Upkeep");
    const ts = this.database.commit(transaction, "upkeep");
    await this.beginScheduled(execution);
    return ts;
  }

  /** What the transaction has scheduled; all but waking workers is what steps do. */
  private async beginScheduled({ scheduled }: { scheduled: readonly Scheduled[] }): Promise<void> {
    for (const { path, args } of scheduled) {
      if (path !== "wake/wake:wake") continue;
      await this.mutate((execution) => execution.call("rollups", path, args));
    }
  }

  /** An answer as the app's clients get it. Throws the error that they get. */
  async load(
    tenant: number,
    asked: { query: unknown; freshness?: "live" | "folded"; atLeast?: string },
    watch: Pick<Calls, "onRead" | "hides"> = {},
  ): Promise<Loaded> {
    const { latest } = this.database;
    const execution = new Execution(this.database.readAt(latest), this.host, watch);
    const args = { tenantId: tenantIds[tenant], ...asked };
    return (await execution.call("", "rollups:load", args)) as Loaded;
  }

  /** The same for subscriptions. */
  async rows(
    tenant: number,
    asked: { query: unknown; freshness: "live" | "folded" },
    watch: Pick<Calls, "hides">,
  ): Promise<Pick<Loaded, "data" | "servedBy" | "total">> {
    const execution = new Execution(this.database.readAt(this.database.latest), this.host, watch);
    const args = { tenantId: tenantIds[tenant], ...asked };
    return (await execution.call("", "rollups:rows", args)) as Loaded;
  }

  private limit(limits: IterationLimits): void {
    const { changes, rows, bytes, repairs, sweep, trim, share, ...rest } = limits;
    allow(this.database, share ?? 1);
    turn({
      ...rest,
      cells: this.trace.cells,
      ...(changes === undefined ? {} : { foldChanges: changes }),
      ...(rows === undefined ? {} : { foldRows: rows }),
      ...(bytes === undefined ? {} : { foldBytes: bytes }),
      ...(trim === undefined ? {} : { isTrimmed: true, trimRows: trim }),
      ...(repairs === undefined ? {} : { repairPartitions: repairs }),
      ...(sweep === undefined ? {} : { sweepTiles: sweep }),
    });
  }

  private mustNotRead(transaction: Transaction, tables: Set<string>, who: string): void {
    for (const indexId of transaction.reads.keys()) {
      const { name, table } = this.database.catalog.index(indexId)!;
      // Trimming deletes log rows by their ids, which no writer touches.
      if (table.name === "changeLog" && name === "by_id") continue;
      if (tables.has(table.name)) throw new Broken(`${who} reads ${table.name}.`);
    }
  }

  private lookAt(tenant: number) {
    const [fold] = this.documents("foldStates", tenant);
    const states = this.documents("rollupStates", tenant);
    return {
      position: (fold?.position ?? null) as {
        commitTs: bigint;
        row: number;
        change: number;
      } | null,
      ahead: ((fold?.ahead ?? []) as unknown[]).length,
      generations: states.length,
      statuses: states.map(({ _id, status }) => `${_id} ${String(status)}`).join(),
      retiring: states.filter(({ status }) => status === "retiring").length,
      backfills: this.documents("backfills", tenant)
        .map(({ _id, documents }) => `${_id} ${String(documents)}`)
        .join(),
      derives: this.documents("backfills", tenant).filter(({ generations }) =>
        (generations as { derive?: unknown }[]).some(({ derive }) => derive !== undefined),
      ).length,
      refused: states.filter(
        ({ status, failure }) =>
          status === "failed" && (failure as { code: string }).code === "SourceExpired",
      ).length,
      backfillCount: this.documents("backfills", tenant).length,
      stored: new Map(
        states.flatMap(({ _id, coverage = [] }) =>
          (coverage as unknown as Kept[]).map(
            (kept) => [`${_id} ${kept.granularity}`, kept] as const,
          ),
        ),
      ),
      repairs: this.documents("repairs", tenant).length,
      largeRepairs: this.documents("largeRepairs", tenant).length,
      trimmedTo: (fold?.trimmedTo ?? 0n) as bigint,
    };
  }

  private note(before: ReturnType<World["lookAt"]>, after: ReturnType<World["lookAt"]>): void {
    const { events } = this;
    const moved =
      before.position?.commitTs !== after.position?.commitTs ||
      before.position?.row !== after.position?.row ||
      before.position?.change !== after.position?.change;
    if (moved) {
      events.push("folded");
      if (after.position!.row > 0) events.push("stoppedInCommit");
      if (after.position!.change > 0) events.push("stoppedInRow");
    }
    if (after.ahead > 0) events.push("foldedAhead");
    if (after.generations > before.generations) events.push("started");
    if (after.generations < before.generations) events.push("swept");
    if (after.retiring > before.retiring) events.push("retired");
    if (after.backfillCount < before.backfillCount && after.generations >= before.generations) {
      events.push("cutOver");
    } else if (
      before.backfillCount === after.backfillCount &&
      before.backfills !== after.backfills
    ) {
      events.push("paged");
    }
    if (after.refused > before.refused) events.push("refusedStart");
    if (events.includes("cutOver") && after.derives < before.derives) events.push("derived");
    if (after.repairs < before.repairs) events.push("repaired");
    if (after.largeRepairs < before.largeRepairs) events.push("restoredInPieces");
    if (after.trimmedTo > before.trimmedTo) events.push("trimmed");
    for (const [level, { storedFrom, since }] of after.stored) {
      const known = before.stored.get(level);
      if (known === undefined || (known.storedFrom ?? -Infinity) >= (storedFrom ?? -Infinity)) {
        continue;
      }
      events.push("expiredTiles");
      // A day of the clock may lack an hour.
      if (this.clock - since < 7 * DAY_MS - DAY_MS / 24) {
        throw new Broken(`Tiles of ${level} are deleted by a declaration that is new.`);
      }
    }
    if (after.trimmedTo < before.trimmedTo) throw new Broken("Less is trimmed than was.");
  }
}

/** A plan that hands over more than it may did not get the app's limits. */
function mustBeWithin(job: PlannedWork["job"]): void {
  if (job.kind !== "fold") return;
  const { rows, page } = job;
  const changes = rows.slice(0, -1).reduce((sum, row) => sum + countStored(row.changes), 0);
  const isWithin =
    (rows.length < 2 || changes < knobs.foldChanges) &&
    rows.filter((row) => row.changes.length > 0).length <= knobs.foldRows &&
    (page?.facts.length ?? 0) <= knobs.page;
  if (!isWithin) throw new Broken("A plan hands over more than the app allows.");
}
