/**
 * File storage: bytes on disk (or in memory without a data directory), described by documents of the
 * `_storage` system table, addressed by an unguessable name that the document keeps hidden.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../database/database.js";
import type { Transaction } from "../database/transaction.js";
import type { JsonObject } from "../values/json.js";

export interface StoredFile {
  bytes: Buffer;
  contentType: string | null;
}

export class FileStore {
  private readonly memory = new Map<string, Buffer>();
  private readonly uploads = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly directory: string | null,
    private readonly url: () => string,
  ) {
    database.onCommit(({ writes }) => {
      for (const { table, before, after } of writes) {
        if (table.name !== "_storage" || before === null || after !== null) continue;
        void this.discard((JSON.parse(before.text) as JsonObject)._file as string);
      }
    });
  }

  private path(file: string): string {
    return join(this.directory!, `${file}.bin`);
  }

  private async put(file: string, bytes: Buffer): Promise<void> {
    if (this.directory === null) {
      this.memory.set(file, bytes);
      return;
    }
    await mkdir(this.directory, { recursive: true });
    await writeFile(this.path(file), bytes);
  }

  private async bytes(file: string): Promise<Buffer | null> {
    if (this.directory === null) return this.memory.get(file) ?? null;
    return readFile(this.path(file)).catch(() => null);
  }

  /** Keeps the bytes and returns the document that will describe them; `add` inserts it. */
  async prepare(bytes: Buffer, contentType: string | null): Promise<JsonObject> {
    const file = randomUUID();
    await this.put(file, bytes);
    return {
      _file: file,
      sha256: createHash("sha256").update(bytes).digest("base64"),
      size: bytes.length,
      ...(contentType === null || contentType === "" ? {} : { contentType }),
    };
  }

  /** Records prepared bytes in a component; returns the storage id. */
  add(transaction: Transaction, component: string, document: JsonObject): string {
    return transaction.insert(transaction.catalog.ensureTable(component, "_storage"), document);
  }

  /** The description of a file, or null. */
  metadata(transaction: Transaction, component: string, id: string): JsonObject | null {
    const table = transaction.catalog.ensureTable(component, "_storage");
    const document = transaction.get(table, id);
    return document === null ? null : (JSON.parse(document.text) as JsonObject);
  }

  /** Where the file can be fetched, or null when there is none. */
  getUrl(transaction: Transaction, component: string, id: string): string | null {
    const document = this.metadata(transaction, component, id);
    return document === null ? null : `${this.url()}/api/storage/${String(document._file)}`;
  }

  async read(transaction: Transaction, component: string, id: string): Promise<StoredFile | null> {
    const document = this.metadata(transaction, component, id);
    if (document === null) return null;
    const bytes = await this.bytes(document._file as string);
    return bytes && { bytes, contentType: (document.contentType as string | undefined) ?? null };
  }

  /** Deletes the description; the bytes go once nothing can refer to them. */
  remove(transaction: Transaction, component: string, id: string): void {
    transaction.delete(transaction.catalog.ensureTable(component, "_storage"), id);
  }

  private async discard(file: string): Promise<void> {
    this.memory.delete(file);
    if (this.directory !== null) await rm(this.path(file), { force: true });
  }

  /** A URL that accepts one POST. */
  uploadUrl(component: string): string {
    const token = randomUUID();
    this.uploads.add(`${token}:${component}`);
    return `${this.url()}/api/storage/upload?token=${token}&component=${encodeURIComponent(component)}`;
  }

  /** Whether an upload token is good; it is used up. */
  redeem(token: string, component: string): boolean {
    return this.uploads.delete(`${token}:${component}`);
  }

  /** Serves a URL made by `getUrl`. */
  async fetch(file: string): Promise<StoredFile | null> {
    for (const table of this.database.catalog.allTables()) {
      if (table.name !== "_storage") continue;
      for (const document of this.database.documents(table)) {
        const value = JSON.parse(document.text) as JsonObject;
        if (value._file !== file) continue;
        const bytes = await this.bytes(file);
        return bytes && { bytes, contentType: (value.contentType as string | undefined) ?? null };
      }
    }
    return null;
  }
}
