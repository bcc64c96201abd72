/** The tables of rooms in ARCHITECTURE.md, as data. */
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { root } from "./sources.js";

export interface Room {
  /** A folder, or a file that lies outside the folders of other rooms. */
  path: string;
  /** Paths of rooms; or of folders, for all rooms in them. */
  mayImport: readonly string[];
}

/**
 * The rooms in the order of the page. A table's rows are read from the folder that its heading names; what a
 * row may import is a room of the same folder, or a path of the repository.
 */
export function roomsOf(page: string): Room[] {
  const chapter = /^## Rooms$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(page)?.[1] ?? "";
  const rows = chapter.split(/^### /m).flatMap((section) => {
    const base = /`([\w/]+)\/`/.exec(section.split("\n")[0] ?? "")?.[1];
    if (base === undefined) return [];
    return [...section.matchAll(/^\| `([^`]+)` +\|.*\|([^|]*)\|$/gm)].map(
      ([, name = "", imports = ""]) => ({
        base,
        path: posix.join(base, name),
        imports: [...imports.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path),
      }),
    );
  });
  const paths = new Set(rows.map(({ path }) => path));
  return rows.map(({ base, path, imports }) => ({
    path,
    mayImport: imports.map((name) => {
      const near = posix.join(base, name);
      return paths.has(near) ? near : name;
    }),
  }));
}

export function readRooms(): Room[] {
  return roomsOf(readFileSync(`${root}/ARCHITECTURE.md`, "utf8"));
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** The room that a file is in: the innermost one; undefined where none is listed. */
export function roomOf(file: string, rooms: readonly Room[]): Room | undefined {
  return rooms
    .filter(({ path }) => isWithin(file, path))
    .reduce<Room | undefined>(
      (best, room) => (best && best.path.length > room.path.length ? best : room),
      undefined,
    );
}
