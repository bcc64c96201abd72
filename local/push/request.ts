/** What the CLI sends to `/api/deploy2/start_push`, and the pieces that modules export for analysis. */
import type { ModuleSource } from "../execution/bundle.js";
import type { ValidatorJson } from "../values/validator.js";

export interface PushRequest {
  functions: string;
  appDefinition: {
    definition: ModuleSource | null;
    dependencies: string[];
    schema: ModuleSource | null;
    changedModules: ModuleSource[];
    udfServerVersion: string;
  };
  componentDefinitions: {
    definitionPath: string;
    definition: ModuleSource;
    dependencies: string[];
    schema: ModuleSource | null;
    functions: ModuleSource[];
    udfServerVersion: string;
  }[];
}

export interface TableSchema {
  tableName: string;
  indexes: { indexDescriptor: string; fields: string[] }[];
  documentType: ValidatorJson | null;
}

export interface SchemaExport {
  tables: TableSchema[];
  schemaValidation: boolean;
}

export interface ChildComponent {
  name: string;
  path: string;
  env: [string, { type: "value"; value: string } | { type: "envVar"; name: string }][] | null;
}

/** What a `convex.config` module exports for analysis. */
export interface DefinitionExport {
  name?: string;
  definitionType: { type: string; name?: string };
  childComponents: ChildComponent[];
  httpMounts: Record<string, string>;
  exports: unknown;
  envVars?: [string, { value: string; optional?: boolean }][];
}

/** The push is refused; the message is shown by the CLI. */
export class PushError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
