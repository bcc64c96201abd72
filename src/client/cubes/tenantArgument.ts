/**
 * The argument by which public functions are told the tenant. It has the name of the tenant's field, and
 * takes what the schema lets that field hold.
 */
import { v, type GenericValidator, type Validator } from "convex/values";
import { RollupsError } from "../../../lib/errors.js";
import type { CatalogueOptions } from "./cubeOptions.js";
import { mustGetTable, validatorsOf, type AppSchema } from "./heldValues.js";
import { refuse } from "./refuse.js";

export interface TenantArgument {
  name: string;
  validator: GenericValidator;
}

/** Names of the other arguments of public functions. */
const taken = [
  ...["query", "freshness", "atLeast"],
  ...["key", "cube", "rollup", "generation", "granularity", "from", "to"],
];

/**
 * Null in an app without tenants. `given` is the app's `tenantArgument`, needed where the cubes' tenant
 * fields have several names. Throws `InvalidDefinition`.
 */
export function tenantArgument(
  schema: AppSchema,
  cubes: CatalogueOptions,
  given?: string,
): TenantArgument | null {
  const fields = new Map<string, string>();
  const without: string[] = [];
  for (const [cube, { tenant }] of Object.entries(cubes)) {
    if (tenant === undefined) without.push(cube);
    else fields.set(cube, tenant);
  }
  const [first] = fields;
  if (first === undefined) {
    if (given === undefined) return null;
    return refuseAll(`tenantArgument is "${given}", but no cube has a tenant. Remove it.`);
  }
  const [firstCube, firstField] = first;
  const [other] = without;
  if (other !== undefined) {
    const advice = `Say in \`tenant\` which field of its table holds the tenant, as cube "${firstCube}" does with "${firstField}"`;
    refuse(other, `it has no tenant, and other cubes have one. ${advice}.`);
  }
  const names = [...new Set(fields.values())];
  if (given === undefined && names.length > 1) {
    const listed = [...fields].map(([cube, field]) => `${cube}.${field}`).join(", ");
    const advice = `Say what the argument of the public functions is called, such as tenantArgument: "${firstField}"`;
    refuseAll(`The cubes have tenant fields of several names: ${listed}. ${advice}.`);
  }
  const name = given ?? firstField;
  if (taken.includes(name)) {
    refuseAll(
      `The tenant's argument cannot be called "${name}", as another is. Say tenantArgument.`,
    );
  }
  const validators = [...fields].map(([cube, field]) => fieldValidator(schema, cubes, cube, field));
  return { name, validator: oneOf(validators) };
}

/** What a tenant's field may hold, where it holds anything. */
function fieldValidator(
  schema: AppSchema,
  cubes: CatalogueOptions,
  cube: string,
  field: string,
): GenericValidator {
  const tableName = cubes[cube]?.table ?? cube;
  const found = validatorsOf(mustGetTable(schema, cube, tableName), field).flatMap(alternatives);
  const texts = found.filter(isText);
  if (found.length === 0 || texts.length < found.length) {
    const problem = `the tenant's field ${tableName}.${field} must hold a string or an id`;
    refuse(cube, `${problem}, as its validator says in the schema.`, { table: tableName, field });
  }
  return oneOf(texts);
}

/** What a validator allows, one by one, without "nothing": each required. */
function alternatives(validator: GenericValidator): GenericValidator[] {
  const known = validator as Validator<unknown, "optional" | "required", string>;
  switch (known.kind) {
    case "id":
      return [v.id(known.tableName)];
    case "string":
      return [v.string()];
    case "literal":
      return [v.literal(known.value as string)];
    case "null":
      return [];
    case "union":
      return known.members.flatMap((member) => alternatives(member));
    default:
      return [validator];
  }
}

function isText(validator: GenericValidator): boolean {
  const known = validator as Validator<unknown, "required", string>;
  return (
    known.kind === "id" ||
    known.kind === "string" ||
    (known.kind === "literal" && typeof known.value === "string")
  );
}

/** One of them if all are equal; any string where one is. */
function oneOf(validators: GenericValidator[]): GenericValidator {
  const distinct = [...new Map(validators.map((one) => [describe(one), one])).values()];
  const [only, ...others] = distinct;
  if (only !== undefined && others.length === 0) return only;
  const isAny = distinct.some((one) => (one as Validator<unknown>).kind === "string");
  return isAny ? v.string() : v.union(...(distinct as Validator<unknown, "required", string>[]));
}

function describe(validator: GenericValidator): string {
  return JSON.stringify((validator as unknown as { json: unknown }).json);
}

function refuseAll(message: string): never {
  throw new RollupsError("InvalidDefinition", message);
}
