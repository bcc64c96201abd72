/**
 * A transaction: a snapshot, the writes buffered over it, and what it has read. Reads merge both;
 * nested calls are subtransactions that can roll their writes back (what they read stays recorded).
 * Nothing here is asynchronous: waiting, and so interleaving, happens in the executor.
 */
import { newId } from "../values/ids.js";
import { checkShape, DOCUMENT_SHAPE, type JsonObject, ValueError } from "../values/json.js";
import { AFTER_KEY, encodeString } from "../values/indexKey.js";
import type { Catalog, IndexDefinition, Table } from "./catalog.js";
import { type StoredDocument, storedDocument, withSystemFields } from "./document.js";
import { IntervalSet } from "./intervals.js";
import { DeveloperError, type Limits, Usage } from "./limits.js";
import type { Snapshot } from "./snapshot.js";
import { newTree, type Tree } from "./tree.js";

export interface DocumentWrite {
  readonly table: Table;
  /** The version in the snapshot, if any. */
  readonly before: StoredDocument | null;
  /** The version after the transaction; null when deleted. */
  after: StoredDocument | null;
}

type Overlay = Tree<StoredDocument | null>;

type Undo =
  | { kind: "key"; overlay: Overlay; key: string; had: boolean; value: StoredDocument | null }
  | { kind: "write"; id: string; write: DocumentWrite | undefined; after: StoredDocument | null };

/** A position to roll back to. */
export interface Savepoint {
  undo: number;
  bytesWritten: number;
  documentsWritten: number;
  functionsScheduled: number;
  scheduledFunctionArgsBytes: number;
}

/** What was read of user tables. */
export interface Reads {
  documents: number;
  bytes: number;
  readonly bytesByTable: Map<Table, number>;
}

/** The spacing of floats near today's milliseconds: creation times within a transaction keep order. */
const CREATION_TIME_STEP = 2 ** -12;

const MAX_FIELD_NAME = 64;

/** A write may repeat the document's id and creation time, but not change them. */
function checkSystemFields(document: StoredDocument, value: JsonObject): void {
  const { _id: id, _creationTime: time } = value;
  if (id !== undefined && id !== document.id) {
    throw new DeveloperError(
      "InvalidIdError",
      `Provided document ID ${document.id} doesn't match '_id' field ${JSON.stringify(id)}`,
    );
  }
  if (time !== undefined && time !== document.creationTime) {
    throw new DeveloperError(
      "InvalidCreationTimeError",
      `Provided creation time ${document.creationTime} doesn't match '_creationTime' field ${JSON.stringify(time)}`,
    );
  }
}

export class Transaction {
  readonly reads = new Map<number, IntervalSet>();
  readonly writes = new Map<string, DocumentWrite>();
  readonly usage: Usage;
  private readonly overlays = new Map<number, Overlay>();
  private readonly undo: Undo[] = [];
  private nextCreationTime: number;

  constructor(
    readonly catalog: Catalog,
    readonly snapshot: Snapshot,
    readonly limits: Limits,
    nowMs: number,
    /** What it and its stale readers read of user tables, for billing: limits count per snapshot. */
    readonly userReads: Reads = { documents: 0, bytes: 0, bytesByTable: new Map() },
  ) {
    this.usage = new Usage(limits.transaction);
    this.nextCreationTime = nowMs;
  }

  /** A reader at the same snapshot that sees none of this transaction's writes and leaves no reads behind. */
  stale(): Transaction {
    const { catalog, snapshot, limits, nextCreationTime, userReads } = this;
    return new Transaction(catalog, snapshot, limits, nextCreationTime, userReads);
  }

  recordRead(index: IndexDefinition, start: string, end: string): void {
    let set = this.reads.get(index.id);
    if (set === undefined) this.reads.set(index.id, (set = new IntervalSet()));
    const grown = set.add(start, end);
    if (grown !== 0) this.usage.add("databaseQueries", grown);
  }

  /** Counts a document against the read limits. */
  countRead(table: Table, document: StoredDocument): void {
    if (!table.isSystem) {
      const reads = this.userReads;
      reads.documents++;
      reads.bytes += document.size;
      reads.bytesByTable.set(table, (reads.bytesByTable.get(table) ?? 0) + document.size);
    }
    this.usage.add("documentsRead", 1);
    this.usage.add("bytesRead", document.size);
  }

  /** The document, or null. Records a read of exactly this id. */
  get(table: Table, id: string): StoredDocument | null {
    const key = encodeString(id);
    this.recordRead(table.slots[0]!, key, key + AFTER_KEY);
    const document = this.peek(table, id, key);
    if (document !== null) this.countRead(table, document);
    return document;
  }

  private peek(table: Table, id: string, key: string): StoredDocument | null {
    const write = this.writes.get(id);
    if (write !== undefined) return write.after;
    return this.snapshot.tree(table.slots[0]!).get(key) ?? null;
  }

  /** The next document at or after a position (exclusive of nothing): writes merged over the snapshot. */
  next(index: IndexDefinition, start: string, end: string): [string, StoredDocument] | null {
    const tree = this.snapshot.tree(index);
    const overlay = this.overlays.get(index.id);
    let stored = tree.getPairOrNextHigher(start);
    if (overlay === undefined) return stored !== undefined && stored[0] < end ? stored : null;
    let pending = overlay.getPairOrNextHigher(start);
    for (;;) {
      const storedKey = stored !== undefined && stored[0] < end ? stored[0] : null;
      const pendingKey = pending !== undefined && pending[0] < end ? pending[0] : null;
      if (pendingKey === null) return storedKey === null ? null : stored!;
      if (storedKey !== null && storedKey < pendingKey) return stored!;
      if (pending![1] !== null) return [pendingKey, pending![1]];
      if (storedKey === pendingKey) stored = tree.nextHigherPair(storedKey);
      pending = overlay.nextHigherPair(pendingKey);
    }
  }

  /** The last document below a position. */
  previous(index: IndexDefinition, start: string, end: string): [string, StoredDocument] | null {
    const tree = this.snapshot.tree(index);
    const overlay = this.overlays.get(index.id);
    let stored = tree.nextLowerPair(end);
    if (overlay === undefined) return stored !== undefined && stored[0] >= start ? stored : null;
    let pending = overlay.nextLowerPair(end);
    for (;;) {
      const storedKey = stored !== undefined && stored[0] >= start ? stored[0] : null;
      const pendingKey = pending !== undefined && pending[0] >= start ? pending[0] : null;
      if (pendingKey === null) return storedKey === null ? null : stored!;
      if (storedKey !== null && storedKey > pendingKey) return stored!;
      if (pending![1] !== null) return [pendingKey, pending![1]];
      if (storedKey === pendingKey) stored = tree.nextLowerPair(storedKey);
      pending = overlay.nextLowerPair(pendingKey);
    }
  }

  /** Inserts a document and returns its id. */
  insert(table: Table, value: JsonObject): string {
    const id = newId(table.number);
    const creationTime = this.nextCreationTime;
    this.nextCreationTime += CREATION_TIME_STEP;
    this.store(table, null, withSystemFields(value, id, creationTime), value);
    return id;
  }

  /** Replaces the fields of a document; a result equal to what is there is no write at all. */
  replace(table: Table, id: string, value: JsonObject): void {
    const before = this.mustGet(table, id, "replace");
    checkSystemFields(before, value);
    this.store(table, before, withSystemFields(value, id, before.creationTime), null);
  }

  /** Merges fields into a document; `{$undefined: null}` removes one. */
  patch(table: Table, id: string, patch: JsonObject): void {
    const before = this.mustGet(table, id, "patch");
    const merged = JSON.parse(before.text) as JsonObject;
    for (const name in patch) {
      const field = patch[name]!;
      if (
        field !== null &&
        typeof field === "object" &&
        !Array.isArray(field) &&
        "$undefined" in field
      ) {
        delete merged[name];
      } else merged[name] = field;
    }
    checkSystemFields(before, merged);
    this.store(table, before, withSystemFields(merged, id, before.creationTime), null);
  }

  delete(table: Table, id: string): void {
    const before = this.mustGet(table, id, "delete");
    this.countWrite(table, before.size);
    this.write(table, id, before, null);
  }

  private mustGet(table: Table, id: string, verb: string): StoredDocument {
    const document = this.get(table, id);
    if (document !== null) return document;
    throw new DeveloperError(
      "NonexistentDocument",
      `${verb === "delete" ? "Delete" : "Update"} on nonexistent document ID ${id}`,
    );
  }

  private countWrite(table: Table, size: number): void {
    if (table.isSystem) return;
    this.usage.add("documentsWritten", 1);
    this.usage.add("bytesWritten", size);
  }

  private store(
    table: Table,
    before: StoredDocument | null,
    value: JsonObject,
    inserted: JsonObject | null,
  ): void {
    const size = this.checkDocument(table, value, inserted);
    const after = storedDocument(table, value, size);
    if (before !== null && before.text === after.text) return;
    this.countWrite(table, size);
    this.write(table, after.id, before, after);
  }

  private checkDocument(table: Table, value: JsonObject, inserted: JsonObject | null): number {
    if (table.isSystem) return checkShape(value, DOCUMENT_SHAPE);
    for (const name in inserted ?? value) {
      if (name.length > MAX_FIELD_NAME) {
        throw new ValueError(`Field name ${name} exceeds maximum length ${MAX_FIELD_NAME}.`);
      }
      if (
        name.startsWith("_") &&
        (inserted !== null || (name !== "_id" && name !== "_creationTime"))
      )
        throw new ValueError(
          `Field '${name}' starts with an underscore, which is only allowed for system fields like '_id'`,
        );
    }
    const size = checkShape(value, DOCUMENT_SHAPE);
    if (size > this.limits.documentBytes) {
      throw new ValueError(
        `Value is too large (${size} > maximum size ${this.limits.documentBytes})`,
      );
    }
    if (table.check !== null) {
      const { _id, _creationTime, ...fields } = value;
      const problem = table.check(fields, "");
      if (problem !== null) {
        throw new DeveloperError(
          "SchemaEnforcementError",
          `Failed to insert or update a document in table "${table.name}" because it does not match the schema: ${problem}`,
        );
      }
    }
    return size;
  }

  private write(
    table: Table,
    id: string,
    before: StoredDocument | null,
    after: StoredDocument | null,
  ): void {
    for (const index of table.slots) {
      if (index === null) continue;
      const oldKey = before?.keys[index.slot];
      const newKey = after?.keys[index.slot];
      if (oldKey !== undefined && oldKey !== newKey) this.overlayKey(index, oldKey, null);
      if (newKey !== undefined) this.overlayKey(index, newKey, after);
    }
    const write = this.writes.get(id);
    this.undo.push({ kind: "write", id, write, after: write?.after ?? null });
    if (write !== undefined) write.after = after;
    else this.writes.set(id, { table, before, after });
  }

  private overlayKey(index: IndexDefinition, key: string, value: StoredDocument | null): void {
    let overlay = this.overlays.get(index.id);
    if (overlay === undefined) this.overlays.set(index.id, (overlay = newTree()));
    const had = overlay.get(key);
    this.undo.push({ kind: "key", overlay, key, had: had !== undefined, value: had ?? null });
    overlay.set(key, value);
  }

  savepoint(): Savepoint {
    const { bytesWritten, documentsWritten, functionsScheduled, scheduledFunctionArgsBytes } =
      this.usage.used;
    return {
      undo: this.undo.length,
      bytesWritten,
      documentsWritten,
      functionsScheduled,
      scheduledFunctionArgsBytes,
    };
  }

  /** Undoes every write since the savepoint. Reads stay recorded and counted. */
  rollback(savepoint: Savepoint): void {
    while (this.undo.length > savepoint.undo) {
      const step = this.undo.pop()!;
      if (step.kind === "key") {
        if (step.had) step.overlay.set(step.key, step.value);
        else step.overlay.delete(step.key);
      } else if (step.write === undefined) this.writes.delete(step.id);
      else step.write.after = step.after;
    }
    const { undo: _, ...counters } = savepoint;
    Object.assign(this.usage.used, counters);
  }
}
