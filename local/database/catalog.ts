/**
 * Which tables and indexes exist, per component. Table numbers are allocated per component and stay
 * for good (they are inside ids); index ids are unique in the process and name an index in read sets.
 */
import { tableNumberOf } from "../values/ids.js";
import type { Check } from "../values/validator.js";

export interface IndexDefinition {
  readonly id: number;
  readonly name: string;
  readonly fields: readonly (readonly string[])[];
  readonly slot: number;
  readonly table: Table;
}

export interface Table {
  readonly component: string;
  readonly name: string;
  readonly number: number;
  readonly isSystem: boolean;
  /** Slot 0 is by_id, slot 1 by_creation_time; a dropped index leaves a null. */
  readonly slots: (IndexDefinition | null)[];
  readonly byName: Map<string, IndexDefinition>;
  /** Check of documents on write; null when the schema does not validate. */
  check: Check | null;
}

/** A table's name with the path of its component before it. */
export function qualifiedName({ component, name }: Pick<Table, "component" | "name">): string {
  return component === "" ? name : `${component}/${name}`;
}

/** Tables that exist in every component, readable through `db.system`. */
export const SYSTEM_TABLES = { _storage: 2, _scheduled_functions: 3 } as const;

const FIRST_USER_TABLE = 10_001;

interface ComponentTables {
  byName: Map<string, Table>;
  byNumber: Map<number, Table>;
  nextNumber: number;
}

/** One created table, as the journal records it. */
export type TableRecord = [component: string, name: string, number: number];

export class Catalog {
  private readonly components = new Map<string, ComponentTables>();
  private readonly indexes = new Map<number, IndexDefinition>();
  private nextIndexId = 1;
  /** Called with every table that is created. */
  onTable: (table: Table) => void = () => undefined;

  private tablesOf(component: string): ComponentTables {
    let tables = this.components.get(component);
    if (tables === undefined) {
      tables = { byName: new Map(), byNumber: new Map(), nextNumber: FIRST_USER_TABLE };
      this.components.set(component, tables);
      for (const [name, number] of Object.entries(SYSTEM_TABLES)) {
        this.create(tables, component, name, number);
      }
    }
    return tables;
  }

  private create(tables: ComponentTables, component: string, name: string, number: number): Table {
    const table: Table = {
      component,
      name,
      number,
      isSystem: name.startsWith("_"),
      slots: [],
      byName: new Map(),
      check: null,
    };
    tables.byName.set(name, table);
    tables.byNumber.set(number, table);
    tables.nextNumber = Math.max(tables.nextNumber, number + 1);
    this.addIndex(table, "by_id", [["_id"]]);
    this.addIndex(table, "by_creation_time", []);
    this.onTable(table);
    return table;
  }

  /** Registers an index; the caller fills its tree. Fields exclude the trailing creation time and id. */
  addIndex(table: Table, name: string, fields: readonly (readonly string[])[]): IndexDefinition {
    const index: IndexDefinition = {
      id: this.nextIndexId++,
      name,
      fields,
      slot: table.slots.length,
      table,
    };
    table.slots.push(index);
    table.byName.set(name, index);
    this.indexes.set(index.id, index);
    return index;
  }

  dropIndex(index: IndexDefinition): void {
    index.table.slots[index.slot] = null;
    index.table.byName.delete(index.name);
    this.indexes.delete(index.id);
  }

  table(component: string, name: string): Table | undefined {
    return this.tablesOf(component).byName.get(name);
  }

  /** The table, created when it does not exist yet; `number` is given when a journal names it. */
  ensureTable(component: string, name: string, number?: number): Table {
    const tables = this.tablesOf(component);
    return (
      tables.byName.get(name) ?? this.create(tables, component, name, number ?? tables.nextNumber)
    );
  }

  /** The table an id belongs to in a component, or null when the text is not one of its ids. */
  tableOfId(component: string, id: string): Table | null {
    const number = tableNumberOf(id);
    if (number === null) return null;
    return this.tablesOf(component).byNumber.get(number) ?? null;
  }

  index(id: number): IndexDefinition | undefined {
    return this.indexes.get(id);
  }

  *allTables(): Iterable<Table> {
    for (const tables of this.components.values()) yield* tables.byName.values();
  }
}
