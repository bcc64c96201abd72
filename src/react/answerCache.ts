/**
 * A small cache of last answers for the first paint of the next visit. Entries are kept per
 * namespace, which should name the signed-in user, and the least recently written go first.
 */
import type { Result } from "./answer.js";
import type { HeldCatalog } from "./api.js";

/** What was known at the last visit, by which tiles are asked for before the server has told anything. */
export interface Bootstrap {
  key: string;
  catalog: HeldCatalog;
}

export interface AnswerCache {
  read(tenantId: string, key: string): Result | null;
  write(tenantId: string, key: string, result: Result): void;
  /** What tiles of a cube are asked by before the server has told anything. A cache need not keep it. */
  readHeld?(tenantId: string, cube: string): Bootstrap | null;
  writeHeld?(tenantId: string, cube: string, known: Bootstrap): void;
}

/** Enough for a few dashboards, far below the 5 MB that browsers grant. */
const entriesMax = 80;
/** A value and the name of its column take some 25 characters. */
const entryValuesMax = 800;
/** Answers of one screen come together. */
const firstSaveMs = 500;
/** All entries are written at once, up to a megabyte: not at every write that a screen follows. */
const nextSaveMs = 30_000;

type Entry = { id: string; result: Result };

/** A cache in `localStorage` or `sessionStorage`; a full or forbidden storage is not an error. */
export function storageAnswerCache(storage: Storage, namespace: string): AnswerCache {
  const slot = `rollups:answers:3:${namespace}`;
  let entries: Entry[] | null = null;

  const load = (): Entry[] => {
    if (entries) return entries;
    try {
      const parsed: unknown = JSON.parse(storage.getItem(slot) ?? "[]");
      entries = Array.isArray(parsed) ? (parsed as Entry[]) : [];
    } catch {
      entries = [];
    }
    return entries;
  };

  let saving = false;
  let savedAt = -Infinity;
  const save = () => {
    if (saving) return;
    saving = true;
    const waitMs = Math.max(firstSaveMs, savedAt + nextSaveMs - Date.now());
    setTimeout(() => {
      saving = false;
      savedAt = Date.now();
      try {
        storage.setItem(slot, JSON.stringify(entries));
      } catch {
        entries = [];
      }
    }, waitMs);
  };

  // Beside the answers, under the same namespace. Small: one entry per cube of the tenants that were visited.
  const heldSlot = (tenantId: string, cube: string) =>
    `rollups:held:1:${namespace}:${tenantId}:${cube}`;

  const idOf = (tenantId: string, key: string) => `${tenantId} ${key}`;

  return {
    read(tenantId, key) {
      const id = idOf(tenantId, key);
      const entry = load().find((candidate) => candidate.id === id);
      return entry ? { ...entry.result, source: "cache" } : null;
    },
    write(tenantId, key, result) {
      const id = idOf(tenantId, key);
      const rest = load().filter((entry) => entry.id !== id);
      const columns = Object.keys(result.rows[0] ?? {}).length;
      const fits = result.rows.length * columns <= entryValuesMax;
      entries = fits ? [...rest, { id, result }].slice(-entriesMax) : rest;
      save();
    },
    readHeld(tenantId, cube) {
      try {
        const text = storage.getItem(heldSlot(tenantId, cube)) ?? "null";
        const known = JSON.parse(text) as Bootstrap | null;
        return Array.isArray(known?.catalog?.candidates) ? known : null;
      } catch {
        return null;
      }
    },
    writeHeld(tenantId, cube, known) {
      try {
        storage.setItem(heldSlot(tenantId, cube), JSON.stringify(known));
      } catch {
        // A full or forbidden storage costs two round trips.
      }
    },
  };
}
