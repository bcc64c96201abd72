/** What the compiler knows of tenants: the name and the type of the argument that public functions take. */
import type {
  DataModelFromSchemaDefinition,
  DocumentByName,
  TableNamesInDataModel,
} from "convex/server";
import type { CatalogueOptions, CubeOptions } from "../cubes/cubeOptions.js";
import type { AppSchema } from "../cubes/heldValues.js";

type TableOf<Name, Cube extends CubeOptions> = Cube extends { table: infer Table } ? Table : Name;

/** Names of the cubes' tenant fields; never in an app without tenants. */
export type TenantField<Cubes extends CatalogueOptions> = {
  [Name in keyof Cubes]: Cubes[Name] extends { tenant: infer Field extends string } ? Field : never;
}[keyof Cubes];

type FieldOf<Document, Field> = Field extends keyof Document
  ? Extract<NonNullable<Document[Field]>, string>
  : string;

/** What the tenant fields hold; "app" in an app without tenants. */
export type TenantOf<Schema extends AppSchema, Cubes extends CatalogueOptions> = {
  [Name in keyof Cubes & string]: Cubes[Name] extends { tenant: infer Field }
    ? TableOf<Name, Cubes[Name]> extends infer Table
      ? Table extends TableNamesInDataModel<DataModelFromSchemaDefinition<Schema>>
        ? FieldOf<DocumentByName<DataModelFromSchemaDefinition<Schema>, Table>, Field>
        : string
      : never
    : "app";
}[keyof Cubes & string];

/** The tenant's argument; no argument in an app without tenants. */
export type TenantArgs<Argument extends string, Tenant> = { [Name in Argument]: Tenant };
