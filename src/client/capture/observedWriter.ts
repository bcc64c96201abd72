/**
 * A database writer that tells what each write to some tables did. Writes that a mutation issues together
 * stay together: those to one document follow each other, those to different ones do not wait. A read costs
 * a round trip, so none is made of what is known: an insert reads when it was created, the others read what
 * was there before.
 */
import type { GenericDataModel, GenericDatabaseWriter } from "convex/server";

type Writer = GenericDatabaseWriter<GenericDataModel>;
type Value = Record<string, unknown>;
type Document = Value & { _id: string; _creationTime: number };

/** What a write did to one document. */
export interface DocumentChange {
  table: string;
  id: string;
  createdAt: number;
  /** Null for an insert. */
  before: Document | null;
  /** Null for a delete. */
  after: Document | null;
}

/** The database as tables that are named by data need it. */
interface AnyWriter {
  get(table: string, id: string): Promise<Document | null>;
  insert(table: string, value: Value): Promise<string>;
  patch(table: string, id: string, value: Value): Promise<void>;
  patch(id: string, value: Value): Promise<void>;
  replace(table: string, id: string, value: Value): Promise<void>;
  replace(id: string, value: Value): Promise<void>;
  delete(table: string, id: string): Promise<void>;
  delete(id: string): Promise<void>;
}

type Update = "patch" | "replace";

/**
 * `inner`, observed where it writes to `tables`; other writes go straight to it. A write that `observe`
 * throws at is taken back: a mutation that catches the refusal and goes on must not keep it.
 */
export function observedWriter(
  inner: Writer,
  tables: ReadonlySet<string>,
  observe: (change: DocumentChange) => void,
): Writer {
  const db = inner as unknown as AnyWriter;
  const turns = new Turns();

  const insert = async (table: string, value: Value): Promise<string> => {
    const id = await db.insert(table, value);
    const after = await db.get(table, id);
    if (after === null) throw new Error("ctx.db hides a record that it has just stored.");
    await orUndo(
      () => observe(changeOf(table, null, after)),
      () => db.delete(table, id),
    );
    return id;
  };

  const update = async (method: Update, table: string, id: string, value: Value): Promise<void> => {
    const before = await db.get(table, id);
    await db[method](table, id, value);
    // Where there was nothing the write has thrown.
    if (before === null) return;
    const { _id, _creationTime } = before;
    const kept = method === "patch" ? before : {};
    const after = { ...withoutUndefined({ ...kept, ...value }), _id, _creationTime };
    await orUndo(
      () => observe(changeOf(table, before, after)),
      () => db.replace(table, id, before),
    );
  };

  const remove = async (table: string, id: string): Promise<void> => {
    const before = await db.get(table, id);
    await db.delete(table, id);
    if (before !== null) observe(changeOf(table, before, null));
  };

  /** The table of a document where it is one of `tables`, else null. */
  const observedTable = (id: string): string | null =>
    [...tables].find((table) => inner.normalizeId(table, id) !== null) ?? null;

  const updating =
    (method: Update) =>
    (...args: [string, string, Value] | [string, Value]): Promise<void> => {
      if (args.length === 3 && args[2] !== undefined) {
        const [table, id, value] = args;
        if (!tables.has(table)) return db[method](table, id, value);
        return turns.take(id, () => update(method, table, id, value));
      }
      const [id, value] = args as [string, Value];
      const table = observedTable(id);
      if (table === null) return db[method](id, value);
      return turns.take(id, () => update(method, table, id, value));
    };

  return {
    system: inner.system,
    vars: inner.vars,
    get: inner.get.bind(inner),
    query: inner.query.bind(inner),
    normalizeId: inner.normalizeId.bind(inner),
    insert: (table: string, value: Value) =>
      tables.has(table) ? insert(table, value) : db.insert(table, value),
    patch: updating("patch"),
    replace: updating("replace"),
    delete: (...args: [string, string] | [string]) => {
      const [id] = args.slice(-1) as [string];
      const table = args.length === 2 ? args[0] : observedTable(id);
      if (table !== null && tables.has(table)) return turns.take(id, () => remove(table, id));
      return args.length === 2 ? db.delete(...args) : db.delete(id);
    },
  } as unknown as Writer;
}

function changeOf(table: string, before: Document | null, after: Document): DocumentChange;
function changeOf(table: string, before: Document, after: null): DocumentChange;
function changeOf(table: string, before: Document | null, after: Document | null): DocumentChange {
  const { _id: id, _creationTime: createdAt } = (after ?? before) as Document;
  return { table, id, createdAt, before, after };
}

/** A field that is set to undefined is removed. */
function withoutUndefined(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

async function orUndo(body: () => void, undo: () => Promise<unknown>): Promise<void> {
  try {
    body();
  } catch (error) {
    await undo();
    throw error;
  }
}

/** Writes to one document, each after the one before. */
class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  take<T>(id: string, write: () => Promise<T>): Promise<T> {
    const done = (this.last.get(id) ?? Promise.resolve()).then(write, write);
    this.last.set(id, done);
    return done;
  }
}
