/**
 * How command line tools find a running local backend: a file per port under `.convex-local/`, only
 * readable by its owner, with the urls and the admin key. It exists while the backend runs.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Connection {
  url: string;
  siteUrl: string;
  adminKey: string;
}

const DIRECTORY = ".convex-local";

function pathOf(url: string, cwd: string): string {
  return join(cwd, DIRECTORY, `${new URL(url).port}.json`);
}

/** Writes the file; returns its path. */
export function writeConnection(connection: Connection, cwd = process.cwd()): string {
  mkdirSync(join(cwd, DIRECTORY), { recursive: true });
  const path = pathOf(connection.url, cwd);
  rmSync(path, { force: true });
  writeFileSync(path, JSON.stringify(connection, null, 2), { mode: 0o600 });
  return path;
}

/** The connection of the backend at a url, or null when none was started from this directory. */
export function readConnection(url: string, cwd = process.cwd()): Connection | null {
  try {
    return JSON.parse(readFileSync(pathOf(url, cwd), "utf8")) as Connection;
  } catch {
    return null;
  }
}

export function removeConnection(url: string, cwd = process.cwd()): void {
  rmSync(pathOf(url, cwd), { force: true });
}
