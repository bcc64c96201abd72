/** One of many writers: inserts, edits, removes and transfers, one call after the other. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ConvexHttpClient } from "convex/browser";
import { api } from "../../convex/_generated/api.js";
import type { Dice } from "../realData/random.js";
import { resolved, type Book, type Owned } from "./book.js";
import { insist, Refused } from "./calls.js";
import type { Findings } from "./findings.js";
import { madeUp, madeUpPatch, type AnyRow, type Cube } from "./rows.js";
import { transferRows, WAREHOUSES } from "./transfers.js";

/** A writer with so many records removes rather than inserts: the end compares every one of them. */
const OWNED_MAX = 120;
const TRANSFERS_MAX = 60;

export class Writer {
  private readonly owned: Owned[] = [];
  private readonly transfers: Owned[] = [];
  private keys = 0;

  constructor(
    private readonly name: string,
    private readonly client: ConvexHttpClient,
    private readonly tenantId: string,
    private readonly book: Book,
    private readonly findings: Findings,
    private readonly random: Dice,
  ) {}

  /** Writes until told to stop; what was begun is finished. */
  async run(isStopped: () => boolean, pauseMsMax: number): Promise<void> {
    while (!isStopped()) {
      try {
        await this.step();
      } catch (error) {
        this.findings.breaks(`writer ${this.name}: ${(error as Error).message}`);
      }
      await sleep(this.random.below(pauseMsMax));
    }
  }

  private async step(): Promise<void> {
    const { random } = this;
    const cube = random.pick(["watch", "inventory"] as const);
    const dice = random.next();
    if (this.owned.length > OWNED_MAX) return await this.remove();
    if (dice < 0.3 || this.owned.length === 0) return await this.insert(cube);
    if (dice < 0.38) return await this.insertBatch(cube);
    if (dice < 0.62) return await this.update();
    if (dice < 0.78) return await this.remove();
    if (dice < 0.83) return await this.contest();
    if (dice < 0.91 && this.transfers.length < TRANSFERS_MAX) return await this.transfer();
    return await this.redirect();
  }

  private async insert(cube: Cube): Promise<void> {
    const record: Owned = { cube, key: this.newKey(), id: null, row: madeUp(cube, this.random) };
    await this.resolve(record);
    this.own(record);
    this.findings.wrote("inserts");
  }

  private async insertBatch(cube: Cube): Promise<void> {
    const count = 2 + this.random.below(15);
    const rows = Array.from({ length: count }, () => madeUp(cube, this.random));
    for (const record of await this.store(cube, rows)) this.own(record);
    this.findings.wrote("batches");
  }

  private async update(): Promise<void> {
    const record = this.random.pick(this.owned);
    await this.patch(record, madeUpPatch(record.cube, this.random));
    this.findings.wrote("updates");
  }

  private async remove(): Promise<void> {
    const at = this.random.below(this.owned.length);
    const record = this.owned[at]!;
    const args = { tenantId: this.tenantId, id: await this.idOf(record) };
    try {
      await this.call((client) =>
        client.mutation(api[record.cube].remove, args, { skipQueue: true }),
      );
    } catch (error) {
      // Gone already: an earlier call did it before its connection broke.
      if (!(error instanceof Refused && error.code === "Forbidden" && error.retries > 0))
        throw error;
      this.findings.counts.retries += error.retries;
    }
    this.owned.splice(at, 1);
    this.book.drop(record);
    this.findings.wrote("removals");
  }

  /** Changes a record that every writer changes. */
  private async contest(): Promise<void> {
    const record = this.random.pick(this.book.contested);
    const durationSeconds = this.random.below(7_200_000) / 1000;
    const args = { tenantId: this.tenantId, id: record.id, patch: { durationSeconds } };
    const { commitTs } = await this.call((client) =>
      client.mutation(api.watch.update, args, { skipQueue: true }),
    );
    // A call that may have been carried out was made again, and later: the newest is always known.
    const committedAt = resolved(commitTs);
    if (committedAt > record.commitTs) {
      record.commitTs = committedAt;
      record.row = { ...record.row, durationSeconds };
    }
    this.findings.wrote("contested updates");
  }

  private async transfer(): Promise<void> {
    const rows = transferRows(madeUp("inventory", this.random), this.random);
    const records = await this.store("inventory", rows);
    this.transfers.push(...records);
    for (const record of records) this.book.add(record);
    this.findings.wrote("transfers");
  }

  /** Half a transfer goes to another warehouse, which changes no total. */
  private async redirect(): Promise<void> {
    if (this.transfers.length === 0) return;
    const warehouse = this.random.pick(WAREHOUSES);
    await this.patch(this.random.pick(this.transfers), { warehouse });
    this.findings.wrote("redirections");
  }

  private async patch(record: Owned, patch: Partial<AnyRow>): Promise<void> {
    const args = { tenantId: this.tenantId, id: await this.idOf(record), patch };
    await this.call((client) =>
      client.mutation(api[record.cube].update, args, { skipQueue: true }),
    );
    record.row = { ...record.row, ...patch } as AnyRow;
  }

  private async store(cube: Cube, rows: readonly AnyRow[]): Promise<Owned[]> {
    const records = rows.map((row): Owned => ({ cube, key: this.newKey(), id: null, row }));
    const sent = records.map(({ key, row }) => ({ key, ...row }));
    const args = { tenantId: this.tenantId, rows: sent };
    const { rejected } = await this.call((client) =>
      client.mutation(api[cube].recordBatch, args, { skipQueue: true }),
    );
    if (rejected.length > 0) throw new Error(`rejected: ${JSON.stringify(rejected)}`);
    return records;
  }

  /** A known key answers with the id of its record and changes nothing. */
  private async resolve(record: Owned): Promise<string> {
    const args = { tenantId: this.tenantId, row: { key: record.key, ...record.row } };
    const { id } = await this.call((client) =>
      client.mutation(api[record.cube].record, args, { skipQueue: true }),
    );
    return (record.id = id);
  }

  private async idOf(record: Owned): Promise<string> {
    return record.id ?? (await this.resolve(record));
  }

  private own(record: Owned): void {
    this.owned.push(record);
    this.book.add(record);
  }

  private async call<T>(make: (client: ConvexHttpClient) => Promise<T>): Promise<T> {
    const { value, retries } = await insist(() => make(this.client));
    this.findings.counts.retries += retries;
    return value;
  }

  private newKey(): string {
    return `${this.name}-${++this.keys}`;
  }
}
