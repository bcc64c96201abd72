/**
 * Evaluates pushed modules in a throw-away realm to learn what they define: functions with their
 * validators, schema, crons, components, auth providers. The CLI generates code from the answer.
 */
import type { AuthProvider } from "../auth/verifier.js";
import { RELAXED_LIMITS } from "../database/limits.js";
import { Bundle, type ModuleSource } from "../execution/bundle.js";
import { FunctionError } from "../errors.js";
import { Realm, type SyscallHandler } from "../execution/realm.js";
import type { CronSpec } from "../execution/deployment.js";
import type { ValidatorJson } from "../values/validator.js";
import { type DefinitionExport, PushError, type SchemaExport } from "./request.js";

export interface AnalyzedFunction {
  name: string;
  pos: null;
  udfType: "Query" | "Mutation" | "Action";
  visibility: { kind: "public" | "internal" };
  args: string;
  returns: string;
}

export interface AnalyzedModule {
  functions: AnalyzedFunction[];
  httpRoutes: null;
  cronSpecs: null;
  sourceMapped: null;
}

export interface AnalyzedCode {
  bundle: Bundle;
  modules: Record<string, AnalyzedModule>;
  schema: SchemaExport | null;
  crons: CronSpec[];
  hasHttp: boolean;
  authProviders: AuthProvider[];
}

const NO_SYSCALLS: SyscallHandler = {
  sync: () => ["Nothing may be called while modules are being loaded."],
  begin: (_frame, _op, _args, _resolve, reject) =>
    reject(["Nothing may be called while modules are being loaded."]),
  js: () => Promise.reject(new Error("Nothing may be called while modules are being loaded.")),
};

interface Registered {
  isQuery?: boolean;
  isMutation?: boolean;
  isAction?: boolean;
  isPublic?: boolean;
  isInternal?: boolean;
  isRouter?: boolean;
  isCrons?: boolean;
  crons?: Record<string, { name: string; args: unknown[]; schedule: Record<string, unknown> }>;
  exportArgs(): string;
  exportReturns(): string;
  export(): unknown;
}

async function compile(label: string, modules: readonly ModuleSource[]): Promise<Bundle> {
  try {
    return await Bundle.compile(label, modules);
  } catch (error) {
    throw new PushError("InvalidModule", (error as Error).message);
  }
}

function load(realm: Realm, path: string): Record<string, unknown> {
  try {
    return realm.load(path);
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    throw new PushError("InvalidModule", `Failed to analyze ${path}: ${error.message}`);
  }
}

function analyzeModule(path: string, exports: Record<string, unknown>): AnalyzedModule {
  const functions: AnalyzedFunction[] = [];
  for (const [name, value] of Object.entries(exports)) {
    if (typeof value !== "function") continue;
    const fn = value as unknown as Registered;
    const udfType = fn.isQuery
      ? "Query"
      : fn.isMutation
        ? "Mutation"
        : fn.isAction
          ? "Action"
          : null;
    if (udfType === null) continue;
    try {
      functions.push({
        name,
        pos: null,
        udfType,
        visibility: { kind: fn.isPublic === true ? "public" : "internal" },
        args: fn.exportArgs(),
        returns: fn.exportReturns(),
      });
    } catch (error) {
      throw new PushError("InvalidModule", `In ${path}:${name}: ${(error as Error).message}`);
    }
  }
  return { functions, httpRoutes: null, cronSpecs: null, sourceMapped: null };
}

/** Analyzes the functions, schema and configuration of the app or of one component. */
export async function analyzeCode(
  label: string,
  modules: readonly ModuleSource[],
  schemaModule: ModuleSource | null,
  env: Readonly<Record<string, string>>,
): Promise<AnalyzedCode> {
  const node = modules.find((module) => module.environment === "node");
  if (node !== undefined) {
    throw new PushError(
      "NodeUnsupported",
      `${node.path} says "use node": the local backend runs only functions of the default runtime.`,
    );
  }
  const bundle = await compile(label, modules);
  const realm = new Realm(bundle, env, NO_SYSCALLS);
  const analyzed: Record<string, AnalyzedModule> = {};
  let crons: CronSpec[] = [];
  let hasHttp = false;
  let authProviders: AuthProvider[] = [];
  for (const { path } of modules) {
    if (path.startsWith("_deps/")) continue;
    if (path === "auth.config.js") {
      authProviders = readAuthProviders(loadAuthConfig(bundle, env, path));
      continue;
    }
    const exports = load(realm, path);
    const main = exports.default as Registered | undefined;
    analyzed[path] = analyzeModule(path, exports);
    if (path === "http.js" && main?.isRouter === true) hasHttp = true;
    if (path === "crons.js" && main?.isCrons === true) crons = readCrons(main);
  }
  return {
    bundle,
    modules: analyzed,
    schema: await readSchema(label, schemaModule, env),
    crons,
    hasHttp,
    authProviders,
  };
}

function readCrons(crons: Registered): CronSpec[] {
  return Object.entries(crons.crons ?? {}).map(([id, cron]) => ({
    id,
    functionPath: cron.name,
    args: JSON.stringify(cron.args[0] ?? {}),
    schedule: JSON.parse(JSON.stringify(cron.schedule)) as Record<string, unknown>,
  }));
}

/** Evaluates auth.config, which may read no environment variable that is not set. */
function loadAuthConfig(
  bundle: Bundle,
  env: Readonly<Record<string, string>>,
  path: string,
): unknown {
  const unset: string[] = [];
  const realm = new Realm(bundle, env, NO_SYSCALLS, RELAXED_LIMITS, (name) => {
    unset.push(name);
  });
  const exports = load(realm, path);
  if (unset.length > 0) {
    throw new PushError(
      "AuthConfigMissingEnvironmentVariable",
      `Environment variable ${unset[0]} is used in auth config file but its value was not set`,
    );
  }
  return exports.default;
}

function readAuthProviders(config: unknown): AuthProvider[] {
  const { providers } = (config ?? {}) as { providers?: unknown };
  if (!Array.isArray(providers)) {
    throw new PushError("InvalidAuthConfig", "auth.config must export {providers: […]} by default");
  }
  const plain = JSON.parse(JSON.stringify(providers)) as AuthProvider[];
  for (const provider of plain) {
    if ("type" in provider) {
      if (typeof provider.issuer !== "string" || typeof provider.jwks !== "string") {
        throw new PushError(
          "InvalidAuthConfig",
          "A customJwt provider in auth.config needs `issuer` and `jwks`.",
        );
      }
      provider.applicationID ??= null;
    } else if (typeof provider.domain !== "string") {
      throw new PushError("InvalidAuthConfig", "An auth provider needs a `domain`.");
    }
  }
  return plain;
}

async function readSchema(
  label: string,
  module: ModuleSource | null,
  env: Readonly<Record<string, string>>,
): Promise<SchemaExport | null> {
  if (module === null) return null;
  const realm = new Realm(await compile(label, [module]), env, NO_SYSCALLS);
  const schema = load(realm, module.path).default as Registered | undefined;
  if (schema === undefined) throw new PushError("InvalidSchema", "schema has no default export");
  try {
    return JSON.parse(schema.export() as string) as SchemaExport;
  } catch (error) {
    throw new PushError("InvalidSchema", `Invalid schema: ${(error as Error).message}`);
  }
}

const DEPENDENCY_PREFIX = "_componentDeps/";

/** Evaluates a `convex.config` module. `defaultNames` has the name of every definition it may use. */
export async function analyzeDefinition(
  definition: ModuleSource,
  dependencies: readonly string[],
  defaultNames: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string>>,
): Promise<DefinitionExport> {
  const children = dependencies.map((path): ModuleSource => {
    const imported = { componentDefinitionPath: path, defaultName: defaultNames.get(path) };
    return {
      path: `${DEPENDENCY_PREFIX}${Buffer.from(path).toString("base64url")}`,
      source: `export default ${JSON.stringify(imported)};`,
      environment: "isolate",
    };
  });
  const realm = new Realm(await compile("", [definition, ...children]), env, NO_SYSCALLS);
  const exported = load(realm, definition.path).default as Registered | undefined;
  if (exported === undefined) {
    throw new PushError("InvalidDefinition", `${definition.path} has no default export`);
  }
  try {
    return JSON.parse(JSON.stringify(exported.export())) as DefinitionExport;
  } catch (error) {
    throw new PushError("InvalidDefinition", `${definition.path}: ${(error as Error).message}`);
  }
}

/** A validator from its JSON text; null for "anything". */
export function parseValidator(text: string | null): ValidatorJson | null {
  return text === null ? null : (JSON.parse(text) as ValidatorJson | null);
}
