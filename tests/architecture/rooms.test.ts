/** The rooms of ARCHITECTURE.md and the sources say the same: what lies where, and what imports what. */
import { describe, expect, test } from "vitest";
import { circlesOf, type Graph } from "./graph.js";
import { isWithin, readRooms, roomOf, roomsOf, type Room } from "./roomTable.js";
import { importsOf, importsOfSources } from "./sources.js";

const files = importsOfSources();
const rooms = readRooms();

/** The rooms' imports of each other, each with the files that are the reason. */
function importsOfRooms(graph: Graph, table: readonly Room[]): Map<Room, Map<Room, string[]>> {
  const found = new Map(table.map((room) => [room, new Map<Room, string[]>()]));
  for (const [file, imported] of graph) {
    const from = roomOf(file, table);
    for (const path of imported) {
      const to = roomOf(path, table);
      if (from === undefined || to === undefined || from === to) continue;
      const reasons = found.get(from)!;
      reasons.set(to, [...(reasons.get(to) ?? []), `${file} imports ${path}`]);
    }
  }
  return found;
}

function allows(room: Room, path: string): boolean {
  return room.mayImport.some((allowed) => isWithin(path, allowed));
}

const edges = importsOfRooms(files, rooms);

describe("the sources", () => {
  test("have no files that import each other in a circle, types included", () => {
    expect(files.size).toBeGreaterThan(400);
    expect(circlesOf(files)).toEqual([]);
  });

  test("have no rooms that import each other in a circle, types included", () => {
    const graph = new Map(
      [...edges].map(([room, to]) => [room.path, new Set([...to.keys()].map(({ path }) => path))]),
    );
    expect(circlesOf(graph)).toEqual([]);
  });
});

describe("the tables of rooms", () => {
  test("list the room of every file", () => {
    expect([...files.keys()].filter((file) => roomOf(file, rooms) === undefined)).toEqual([]);
  });

  test("list no room twice, and none without files", () => {
    const paths = rooms.map(({ path }) => path);
    expect(paths).toEqual([...new Set(paths)]);
    const lived = new Set([...files.keys()].map((file) => roomOf(file, rooms)?.path));
    expect(paths.filter((path) => !lived.has(path))).toEqual([]);
  });

  test("allow every import of the sources", () => {
    const forbidden = [...edges].flatMap(([from, to]) =>
      [...to].flatMap(([room, reasons]) => (allows(from, room.path) ? [] : reasons)),
    );
    expect(forbidden).toEqual([]);
  });

  test("allow no import that no file needs", () => {
    const unused = rooms.flatMap((room) => {
      const used = [...edges.get(room)!.keys()].map(({ path }) => path);
      return room.mayImport
        .filter((allowed) => !used.some((path) => isWithin(path, allowed)))
        .map((allowed) => `${room.path} imports nothing of ${allowed}`);
    });
    expect(unused).toEqual([]);
  });

  test("go from the bottom up: a room imports rooms that are listed before it", () => {
    const upward = rooms.flatMap((room, at) =>
      [...edges.get(room)!.keys()]
        .filter((to) => rooms.indexOf(to) > at)
        .map(({ path }) => `${room.path} is listed before ${path}`),
    );
    expect(upward).toEqual([]);
  });
});

describe("what the tests above rely on", () => {
  test("imports of types, re-exports and imports in types all count, and texts do not", () => {
    const text = `
      import type { A } from "./a.js";
      import { type B } from "../b.js";
      export * from "./c.js";
      type D = import("./d.js").D;
      const e = await import("./e.js");
      const text = \`import { f } from "./f.js"\`;
      import react from "react";
    `;
    const found = importsOf("lib/room/file.ts", text).filter((path) => path.endsWith(".ts"));
    expect(found.sort()).toEqual(
      ["lib/b.ts", ...["a", "c", "d", "e"].map((name) => `lib/room/${name}.ts`)].sort(),
    );
  });

  test("a circle is found however long it is, and a diamond is none", () => {
    const graph = (edges: Record<string, string[]>) =>
      new Map(Object.entries(edges).map(([from, to]) => [from, new Set(to)]));
    expect(circlesOf(graph({ a: ["b"], b: ["c"], c: ["d"], d: ["b"] }))).toEqual([["b", "c", "d"]]);
    expect(circlesOf(graph({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] }))).toEqual([]);
  });

  test("a table is read with its folder, its rooms and what they may import", () => {
    const page = [
      "## Rooms",
      "### `src/`: some",
      "| room | what | may import |",
      "| ---- | ---- | ---------- |",
      "| `a.ts` | | |",
      "| `client` | has `code` | `a.ts`, `lib` |",
      "## Laws",
      "| `b` | | |",
    ].join("\n");
    expect(roomsOf(page)).toEqual([
      { path: "src/a.ts", mayImport: [] },
      { path: "src/client", mayImport: ["src/a.ts", "lib"] },
    ]);
  });
});
