/**
 * From a cube as an app writes it to the definition that the engine works with, by what the app's schema
 * says. It runs while the app's modules are evaluated, so that a mistake fails the push with one sentence.
 */
import type { CubeDefinition, FieldDefinition } from "../../../lib/model/cube.js";
import { defineCube } from "../../../lib/resolve/defineCube.js";
import {
  completeDimensions,
  completeMeasure,
  completeRollup,
  fieldName,
  withFieldName,
} from "./completeMembers.js";
import type { CubeOptions } from "./cubeOptions.js";
import { completeField, inferField, type Use } from "./fieldDefinition.js";
import {
  fieldsOf,
  heldValues,
  mustGetTable,
  systemFields,
  type AppSchema,
  type AppTable,
} from "./heldValues.js";
import { refuse, suggestion } from "./refuse.js";

const optionNames = [
  ...["name", "title", "description", "table", "tenant", "time", "expire"],
  ...["fields", "dimensions", "measures", "segments", "rollups", "orderStatistics"],
];

/** Throws `InvalidDefinition` with the cube, and the table and field where the mistake is. O(members + fields). */
export function completeCube(
  schema: AppSchema,
  name: string,
  options: CubeOptions,
): CubeDefinition {
  mustBeCubeOptions(name, options);
  const { table: tableName = name, tenant, title, description, expire, segments } = options;
  const { orderStatistics } = options;
  const table = mustGetTable(schema, name, tableName);
  if (tenant !== undefined) mustHaveField(table, name, tableName, tenant, "the tenant");
  const dimensions = completeDimensions(options);
  const measures = mapValues(options.measures, (given, measure) =>
    completeMeasure(name, measure, given),
  );
  const fields = new CubeFields(name, tableName, table);
  for (const [field, definition] of Object.entries(options.fields ?? {})) {
    fields.define(field, definition);
  }
  for (const [dimension, { type, field }] of Object.entries(dimensions)) {
    const use = type === "hourOfDay" || type === "weekday" ? "time" : type;
    const isTime = dimension === fieldName(options.time);
    fields.use(field, use, isTime ? `time "${options.time}"` : `dimension "${dimension}"`);
  }
  for (const [measure, definition] of Object.entries(measures)) {
    if (!("field" in definition)) continue;
    const use = definition.type === "quantile" ? "exact" : "measured";
    fields.use(definition.field, use, `measure "${measure}"`);
  }
  for (const [name, { field }] of Object.entries(orderStatistics ?? {})) {
    fields.use(field, "measured", `order statistic "${name}"`);
  }
  return defineCube({
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    table: tableName,
    time: fieldName(options.time),
    ...(expire === undefined ? {} : { expire }),
    fields: fields.complete(),
    dimensions: mapValues(dimensions, withFieldName),
    measures: mapValues(measures, withFieldName),
    ...(segments === undefined ? {} : { segments }),
    rollups: mapValues(options.rollups, (given) => completeRollup(given, measures)),
    ...(orderStatistics && { orderStatistics: mapValues(orderStatistics, withFieldName) }),
  });
}

/** The fields of one cube: those that the app defines, and those that its members use. */
class CubeFields {
  private readonly defined: Record<string, FieldDefinition> = {};
  private readonly used = new Map<string, { uses: Set<Use>; user: string }>();

  constructor(
    private readonly cube: string,
    private readonly tableName: string,
    private readonly table: AppTable,
  ) {}

  define(name: string, definition: FieldDefinition): void {
    const user = `field "${name}"`;
    if (definition.type === "product") {
      this.defined[name] = definition;
      for (const factor of definition.of) this.use(factor, "exact", user);
      return;
    }
    const field = definition.from ?? name;
    const held = mustHaveField(this.table, this.cube, this.tableName, field, user);
    const place = { cube: this.cube, table: this.tableName, field, user };
    this.defined[name] = completeField(definition, held, place);
  }

  use(name: string, use: Use, user: string): void {
    const known = this.used.get(name);
    if (known === undefined) this.used.set(name, { uses: new Set([use]), user });
    else known.uses.add(use);
  }

  complete(): Record<string, FieldDefinition> {
    const fields = { ...this.defined };
    for (const [field, { uses, user }] of this.used) {
      if (Object.hasOwn(this.defined, field)) continue;
      const held = mustHaveField(this.table, this.cube, this.tableName, field, user);
      const place = { cube: this.cube, table: this.tableName, field, user };
      const definition = inferField(held, uses, place);
      const name = fieldName(field);
      if (Object.hasOwn(fields, name)) {
        const problem = `two fields would be called "${name}"`;
        const advice = `fields: { otherName: { type: "${definition.type}", from: "${field}" } }`;
        refuse(this.cube, `${user}: ${problem}. Name this one in \`fields\`, such as ${advice}.`, {
          field,
        });
      }
      fields[name] = name === field ? definition : { ...definition, from: field };
    }
    return fields;
  }
}

/** What the field may hold. Throws `InvalidDefinition` where the table has no such field. */
function mustHaveField(
  table: AppTable,
  cube: string,
  tableName: string,
  field: string,
  user: string,
) {
  const held = heldValues(table, field);
  if (held !== null) return held;
  const candidates = [...(fieldsOf(table) ?? []), ...Object.keys(systemFields)];
  const hint = field.includes(".")
    ? " Cubes read the fields of a document itself, none of nested objects."
    : suggestion(field, candidates);
  return refuse(cube, `${user}: table "${tableName}" has no field "${field}".${hint}`, {
    table: tableName,
    field,
  });
}

function mapValues<From, To>(
  values: { readonly [name: string]: From },
  map: (value: From, name: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, one]) => [name, map(one, name)]));
}

/** What the compiler checks of TypeScript, for a module in JavaScript, and what it cannot check. */
function mustBeCubeOptions(name: string, options: CubeOptions): void {
  if (options.name !== undefined && options.name !== name) {
    refuse(name, `its definition is called "${options.name}". Both names must be equal.`);
  }
  for (const key of Object.keys(options)) {
    if (!optionNames.includes(key)) {
      refuse(name, `there is no option "${key}".${suggestion(key, optionNames)}`, { option: key });
    }
  }
  if (typeof options.time !== "string") {
    refuse(
      name,
      'say in `time` which field holds the time of a record, such as time: "createdAt".',
    );
  }
  for (const section of ["dimensions", "measures", "rollups"] as const) {
    if (typeof options[section] !== "object" || options[section] === null) {
      refuse(name, `\`${section}\` must be an object.`);
    }
  }
}
