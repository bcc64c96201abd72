/**
 * Brings tables, indexes and document checks in line with pushed schemas. Stored documents must fit
 * the new schema or the push is refused; new indexes are built from what is stored.
 */
import type { Table } from "../database/catalog.js";
import type { Database } from "../database/database.js";
import type { JsonObject } from "../values/json.js";
import { type Check, compileValidator } from "../values/validator.js";
import type { SchemaExport } from "./request.js";

type Schemas = ReadonlyMap<string, SchemaExport | null>;

export interface SchemaProblem {
  componentPath: string;
  tableName: string;
  error: string;
}

function documentCheck(
  database: Database,
  component: string,
  schema: SchemaExport,
  tableName: string,
): Check | null {
  if (!schema.schemaValidation) return null;
  const documentType = schema.tables.find((table) => table.tableName === tableName)?.documentType;
  if (documentType == null) return null;
  return compileValidator(
    documentType,
    (id) => database.catalog.tableOfId(component, id)?.name ?? null,
  );
}

/** The first stored document that a schema does not allow, or null. */
export function findMismatch(database: Database, schemas: Schemas): SchemaProblem | null {
  for (const [component, schema] of schemas) {
    if (schema === null) continue;
    for (const { tableName } of schema.tables) {
      const table = database.catalog.table(component, tableName);
      const check = table && documentCheck(database, component, schema, tableName);
      if (table === undefined || check == null) continue;
      for (const document of database.documents(table)) {
        const { _id, _creationTime, ...fields } = JSON.parse(document.text) as JsonObject;
        const problem = check(fields, "");
        if (problem === null) continue;
        return {
          componentPath: component,
          tableName,
          error: `Document with ID "${document.id}" in table "${tableName}" does not match the schema: ${problem}`,
        };
      }
    }
  }
  return null;
}

const BUILT_IN = new Set(["by_id", "by_creation_time"]);

function sameFields(table: Table, name: string, fields: readonly string[]): boolean {
  const index = table.byName.get(name);
  return index?.fields.map((path) => path.join(".")).join() === fields.join();
}

/** Applies the schemas; returns which indexes were added and removed, as `component/table.index`. */
export function applySchemas(
  database: Database,
  schemas: Schemas,
): { added: string[]; removed: string[] } {
  const added: string[] = [];
  const removed: string[] = [];
  const known = new Set<Table>();
  for (const [component, schema] of schemas) {
    for (const { tableName, indexes } of schema?.tables ?? []) {
      const table = database.catalog.ensureTable(component, tableName);
      known.add(table);
      table.check = documentCheck(database, component, schema!, tableName);
      const wanted = new Map(indexes.map((each) => [each.indexDescriptor, each.fields]));
      for (const [name, index] of [...table.byName]) {
        const fields = wanted.get(name);
        if (BUILT_IN.has(name) || (fields !== undefined && sameFields(table, name, fields)))
          continue;
        database.dropIndex(index);
        removed.push(`${component}/${tableName}.${name}`);
      }
      for (const [name, fields] of wanted) {
        if (table.byName.has(name)) continue;
        database.buildIndex(table, name, fields);
        added.push(`${component}/${tableName}.${name}`);
      }
    }
  }
  for (const table of [...database.catalog.allTables()]) {
    if (known.has(table) || table.isSystem) continue;
    table.check = null;
    for (const [name, index] of [...table.byName]) {
      if (BUILT_IN.has(name)) continue;
      database.dropIndex(index);
      removed.push(`${table.component}/${table.name}.${name}`);
    }
  }
  return { added, removed };
}
