/**
 * What a loop over records leaves behind. Its body runs once per way that a record can take: on a first record of a
 * group, and on one that finds what earlier ones left. From both it follows what all records leave, or nothing is told.
 */
import { accumulated, type Step } from "./accumulate.js";
import { Branches } from "./branches.js";
import { merged } from "./conditions.js";
import { CannotTell, same, some, type Condition, type Expr, type Group } from "./expr.js";
import { Again, type Store } from "./machine.js";
import { filledAt, leafAt, placesOf, type Leaf } from "./places.js";
import { exprOf, type Cell, type Path, type Records, type Value } from "./values.js";

interface Run {
  path: Path;
  cells: Map<number, Cell>;
}

export class Loop {
  readonly #before: Map<number, Cell>;
  readonly #templates = new Map<string, { value: Value; cells: Map<number, Cell> }>();
  readonly #touched: Set<number>;
  /** The runs of each phase. */
  #phases: Run[][] = [];

  constructor(
    readonly store: Store,
    readonly records: Records,
    readonly body: () => void,
    /** Variables that the body assigns to. */
    assigned: Iterable<number>,
  ) {
    this.#before = new Map(store.cells);
    this.#touched = new Set(assigned);
  }

  run(): void {
    const { store } = this;
    if (store.branches !== null) throw new CannotTell("a loop over all records for each record");
    const outer = { branches: null, since: store.since, written: store.written };
    store.branches = new Branches(this.records.where);
    store.since = store.next;
    store.entry = (id) => this.#entry(id);
    for (let known = -1; known < this.#touched.size;) {
      known = this.#touched.size;
      store.written = new Set();
      this.#phases = [];
      try {
        this.#phases.push(this.#explore());
      } catch (error) {
        if (!(error instanceof Again)) throw error;
      }
      for (const id of store.written) this.#touched.add(id);
    }
    const depth = this.#findTemplates();
    while (this.#phases.length <= depth) this.#phases.push(this.#explore());
    const last = this.#phases.at(-1)!;
    Object.assign(store, outer, { entry: null, cells: new Map(this.#before) });
    for (const id of this.#touched)
      store.cells.set(id, this.#summaryOfCell(id, last[0]!.cells, String(id), null));
  }

  #explore(): Run[] {
    const { store } = this;
    return store
      .branches!.each((path) => {
        store.cells = new Map(this.#before);
        for (const id of this.#touched) store.cells.set(id, this.#prepared(id));
        this.body();
        return { path, cells: store.cells };
      })
      .map(({ result }) => result);
  }

  /** A cell from before the loop as an iteration finds it. */
  #prepared(id: number): Cell {
    const cell = this.#before.get(id)!;
    if (cell.all !== undefined || cell.entries?.group !== undefined)
      throw new CannotTell("two loops add to one place");
    const found = this.#asFound(cell, String(id), this.#before, 0);
    // The name of the variable tells apart what each iteration gives it.
    if (cell.value?.k === "ref")
      found.value = this.#copy(cell.value.id, String(id), this.#before, 0);
    return found;
  }

  #asFound(cell: Cell, path: string, cells: Map<number, Cell>, depth: number): Cell {
    const { entries: _, ...rest } = cell;
    const found = (part: Value, at: string): Value =>
      part.k === "expr"
        ? exprOf({ op: "before", id: at })
        : part.k === "ref" && cells !== this.#before
          ? this.#copy(part.id, at, cells, depth)
          : part;
    const parts = [...cell.parts].map(
      ([name, part]) => [name, found(part, `${path}.${name}`)] as const,
    );
    return {
      ...rest,
      ...(cell.value && { value: found(cell.value, path) }),
      parts: new Map(parts),
      added: [],
      path,
      depth,
    };
  }

  #copy(id: number, path: string, cells: Map<number, Cell>, depth: number): Value {
    return this.store.ref(this.#asFound(cells.get(id)!, path, cells, depth));
  }

  #found(value: Value, path: string, cells: Map<number, Cell>, depth: number): Value {
    return value.k === "ref"
      ? this.#copy(value.id, path, cells, depth)
      : exprOf({ op: "before", id: path });
  }

  /** The entry that earlier records left under the same key, where the phase says that there is one. */
  #entry(id: number): Value | null {
    const cell = this.store.cell(id);
    if (cell.path === undefined) return null;
    const { depth = 0 } = cell;
    const place = `${cell.path}[]`;
    const filled = cell.filled ?? cell.uniform;
    if (filled !== undefined) return this.#found(filled.value, place, this.store.cells, depth);
    const template = this.#templates.get(cell.path);
    if (template === undefined || depth >= this.#phases.length) return null;
    return this.#found(template.value, place, template.cells, depth + 1);
  }

  /** What first records of groups leave, and how many keys lead to the deepest of it. */
  #findTemplates(): number {
    let depth = 0;
    for (const { cells } of this.#phases[0]!) {
      for (const { path, entries, cell } of placesOf(cells, this.#touched)) {
        const value = entries?.value;
        if (!value || this.#templates.has(path) || (cell.filled ?? cell.uniform)) continue;
        if (value.k !== "ref" && value.k !== "expr")
          throw new CannotTell("the last record of each group is kept");
        this.#templates.set(path, { value, cells });
        depth = Math.max(depth, path.split("[]").length);
      }
    }
    return depth;
  }

  #summaryOfCell(id: number, cells: Map<number, Cell>, path: string, group: Group | null): Cell {
    const cell = cells.get(id)!;
    const { entries: _, path: __, depth: ___, ...rest } = cell;
    const summary: Cell = { ...rest, parts: new Map(), added: [] };
    if (cell.value !== undefined) summary.value = this.#summary(cell.value, cells, path, group);
    const added = this.#leaves(path).some(({ leaf }) => leaf !== null && "added" in leaf);
    if (added) {
      summary.all = this.#list(path, cell.kind, group);
      return summary;
    }
    for (const [name, part] of cell.parts)
      summary.parts.set(name, this.#summary(part, cells, `${path}.${name}`, group));
    const shape = this.#shapeOf(path);
    if (shape !== null) {
      if (summary.uniform !== undefined) {
        summary.filled = summary.uniform;
        summary.parts = new Map();
      }
      const { key, value, cells: from } = shape;
      const own: Group = {
        source: this.records.source,
        keys: [...(group?.keys ?? []), key],
        where: this.#reached(path),
        texts: cell.kind !== "map",
      };
      summary.entries = {
        key,
        value: this.#summary(value, from, `${path}[]`, own),
        group: own,
      };
    }
    return summary;
  }

  #summary(value: Value, cells: Map<number, Cell>, path: string, group: Group | null): Value {
    if (value.k === "ref") return this.store.ref(this.#summaryOfCell(value.id, cells, path, group));
    if (value.k !== "expr") throw new CannotTell("the last record is kept");
    return exprOf(this.#accumulated(path, group));
  }

  #accumulated(path: string, group: Group | null): Expr {
    const steps = (leaves: { path: Path; leaf: Leaf | null }[]): Step[] =>
      leaves.flatMap(({ path, leaf }) =>
        leaf === null || !("e" in leaf) ? [] : [{ path, e: leaf.e }],
      );
    const creating = this.#phases
      .slice(0, -1)
      .flatMap((_, phase) =>
        steps(this.#leaves(path, phase)).filter(
          ({ e }) => !some(e, (part) => part.op === "before" && part.id === path),
        ),
      );
    const updating = this.#leaves(path).map(({ path: way, leaf }): Step => ({
      path: way,
      e: leaf !== null && "e" in leaf ? leaf.e : { op: "before", id: path },
    }));
    return accumulated({
      id: path,
      initial: this.#initial(path),
      creating,
      updating,
      source: this.records.source,
      group,
    });
  }

  /** What a place holds before the loop; null for an entry of a group. */
  #initial(path: string): Expr | null {
    const [id = "", ...names] = path.split(".");
    let cell = this.#before.get(Number.parseInt(id, 10));
    let value: Value | undefined = cell?.value;
    if (id.endsWith("[]")) value = filledAt(cell, id, this.#before);
    for (const name of names) {
      if (value?.k === "ref") cell = this.#before.get(value.id);
      value = cell?.parts.get(name);
    }
    return value?.k === "expr" ? value.e : null;
  }

  #list(path: string, kind: Cell["kind"], group: Group | null): Value {
    const ways: { conditions: readonly Condition[]; item: Value }[] = [];
    for (const { path: way, leaf } of this.#leaves(path)) {
      if (leaf === null || !("added" in leaf) || leaf.added.length === 0) continue;
      if (leaf.added.length > 1) throw new CannotTell("a record is added twice");
      if (way.conditions.some(({ of }) => of.op === "element"))
        throw new CannotTell("a record is added once for each value of a list");
      ways.push({ conditions: way.conditions, item: leaf.added[0]! });
    }
    const [first] = ways;
    if (first === undefined) throw new CannotTell("a list that nothing is added to");
    if (ways.some(({ item }) => !same(item, first.item)))
      throw new CannotTell("a list of different things");
    const where = merged(ways.map(({ conditions }) => conditions));
    if (where.length !== 1) throw new CannotTell("a list by conditions that are no one filter");
    const of: Records = {
      k: "records",
      source: this.records.source,
      where: where[0]!,
      item: first.item,
      group,
    };
    return kind === "set" ? { k: "distinct", of } : of;
  }

  #leaves(place: string, phase = this.#phases.length - 1): { path: Path; leaf: Leaf | null }[] {
    return this.#phases[phase]!.map(({ path, cells }) => ({
      path,
      leaf: leafAt(cells, this.#touched, place),
    }));
  }

  #shapeOf(place: string): { key: Expr; value: Value; cells: Map<number, Cell> } | null {
    let found: { key: Expr; value: Value; cells: Map<number, Cell> } | null = null;
    for (const { cells } of this.#phases.at(-1)!) {
      const cell = placesOf(cells, this.#touched).find(({ path }) => path === place);
      if (!cell?.entries?.value) continue;
      if (found !== null && !same(found.key, cell.entries.key))
        throw new CannotTell("one record adds to several entries");
      found ??= { key: cell.entries.key, value: cell.entries.value, cells };
    }
    return found;
  }

  /** The records that make an entry. */
  #reached(place: string): readonly Condition[] {
    const reaching = this.#phases[0]!.filter(({ cells }) =>
      placesOf(cells, this.#touched).some(({ path, entries }) => path === place && entries?.value),
    );
    const where = merged(reaching.map(({ path }) => path.conditions));
    if (where.length !== 1)
      throw new CannotTell("a grouping of records by conditions that are no one filter");
    return where[0]!;
  }
}
