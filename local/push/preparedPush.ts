/**
 * From a push request to a deployment: analyzes the app and its components, instantiates the
 * component tree and describes it all to the CLI. Nothing is changed until the push is finished.
 */
import type { AuthProvider } from "../auth/verifier.js";
import type { Catalog } from "../database/catalog.js";
import { type Component, type FunctionKind, type FunctionSpec } from "../execution/deployment.js";
import { compileValidator } from "../values/validator.js";
import {
  type AnalyzedCode,
  type AnalyzedModule,
  analyzeCode,
  analyzeDefinition,
  parseValidator,
} from "./analysis.js";
import { type DefinitionExport, PushError, type PushRequest } from "./request.js";

interface Definition {
  path: string;
  definition: DefinitionExport;
  code: AnalyzedCode;
  serverVersion: string;
}

export interface PreparedPush {
  request: PushRequest;
  root: Component;
  schemas: Map<string, AnalyzedCode["schema"]>;
  authProviders: AuthProvider[];
  /** `analysis` and `app` of the start_push response. */
  analysis: Record<string, unknown>;
  app: unknown;
}

const EMPTY_APP: DefinitionExport = {
  definitionType: { type: "app" },
  childComponents: [],
  httpMounts: {},
  exports: { type: "branch", branch: [] },
};

async function analyzeAll(
  request: PushRequest,
  env: Readonly<Record<string, string>>,
): Promise<Map<string, Definition>> {
  const definitions = new Map<string, Definition>();
  const names = new Map<string, string>();
  const pending = [...request.componentDefinitions];
  while (pending.length > 0) {
    const at = pending.findIndex((each) => each.dependencies.every((path) => names.has(path)));
    if (at < 0) throw new PushError("ComponentCycle", "Components depend on each other in a cycle");
    const [pushed] = pending.splice(at, 1) as [(typeof pending)[number]];
    const path = pushed.definitionPath;
    const definition = await analyzeDefinition(pushed.definition, pushed.dependencies, names, env);
    names.set(path, definition.definitionType.name ?? path.split("/").at(-1)!);
    const code = await analyzeCode(path, pushed.functions, pushed.schema, env);
    definitions.set(path, { path, definition, code, serverVersion: pushed.udfServerVersion });
  }
  const app = request.appDefinition;
  const definition =
    app.definition === null
      ? EMPTY_APP
      : await analyzeDefinition(app.definition, app.dependencies, names, env);
  const code = await analyzeCode("", app.changedModules, app.schema, env);
  definitions.set("", { path: "", definition, code, serverVersion: app.udfServerVersion });
  return definitions;
}

const KINDS: Record<string, FunctionKind> = {
  Query: "query",
  Mutation: "mutation",
  Action: "action",
};

function functionSpecs(
  catalog: Catalog,
  componentPath: string,
  modules: Record<string, AnalyzedModule>,
): Map<string, FunctionSpec> {
  const specs = new Map<string, FunctionSpec>();
  const tableOfId = (id: string) => catalog.tableOfId(componentPath, id)?.name ?? null;
  for (const [module, { functions }] of Object.entries(modules)) {
    for (const fn of functions) {
      const path = `${module.replace(/\.js$/, "")}:${fn.name}`;
      const args = parseValidator(fn.args);
      const returns = parseValidator(fn.returns);
      specs.set(path, {
        kind: KINDS[fn.udfType]!,
        isPublic: fn.visibility.kind === "public",
        module,
        name: fn.name,
        path,
        checkArgs: args === null ? null : compileValidator(args, tableOfId),
        checkReturns: returns === null ? null : compileValidator(returns, tableOfId),
      });
    }
  }
  return specs;
}

function componentEnv(
  base: Readonly<Record<string, string>>,
  parentEnv: Readonly<Record<string, string>>,
  bindings: DefinitionExport["childComponents"][number]["env"],
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of ["CONVEX_CLOUD_URL", "CONVEX_SITE_URL"]) {
    if (base[name] !== undefined) env[name] = base[name];
  }
  for (const [name, binding] of bindings ?? []) {
    const value = binding.type === "value" ? binding.value : parentEnv[binding.name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** The public functions of a component as the tree that `components.x` exposes. */
function exportTree(modules: Record<string, AnalyzedModule>): unknown {
  interface Branch {
    type: "branch";
    branch: [string, unknown][];
  }
  const root: Branch = { type: "branch", branch: [] };
  for (const [path, { functions }] of Object.entries(modules)) {
    const exported = functions.filter((fn) => fn.visibility.kind === "public");
    if (exported.length === 0) continue;
    let at = root;
    for (const step of path.replace(/\.js$/, "").split("/")) {
      let next = at.branch.find(([name]) => name === step)?.[1] as Branch | undefined;
      if (next === undefined) {
        next = { type: "branch", branch: [] };
        at.branch.push([step, next]);
      }
      at = next;
    }
    for (const fn of exported) {
      at.branch.push([fn.name, { type: "leaf", leaf: `_reference/function/${path}:${fn.name}` }]);
    }
  }
  return root;
}

function describe({ path, definition, code, serverVersion }: Definition): unknown {
  const exports = path === "" ? definition.exports : exportTree(code.modules);
  return {
    definition: { path, ...definition, exports },
    schema: code.schema,
    functions: code.modules,
    udfConfig: { serverVersion, importPhaseRngSeed: null, importPhaseUnixTimestamp: null },
  };
}

/** Analyzes a push against the environment it will run in. */
export async function preparePush(
  request: PushRequest,
  catalog: Catalog,
  env: Readonly<Record<string, string>>,
): Promise<PreparedPush> {
  const definitions = await analyzeAll(request, env);
  const schemas: PreparedPush["schemas"] = new Map();
  const instantiate = (
    path: string,
    definitionPath: string,
    own: Readonly<Record<string, string>>,
  ): Component => {
    const found = definitions.get(definitionPath);
    if (found === undefined) {
      throw new PushError("MissingComponent", `Component ${definitionPath} was not pushed`);
    }
    const { definition, code } = found;
    schemas.set(path, code.schema);
    const children = new Map<string, Component>();
    for (const child of definition.childComponents) {
      const childPath = path === "" ? child.name : `${path}/${child.name}`;
      const childEnv = componentEnv(env, own, child.env);
      children.set(child.name, instantiate(childPath, child.path, childEnv));
    }
    return {
      path,
      definitionPath,
      bundle: code.bundle,
      functions: functionSpecs(catalog, path, code.modules),
      children,
      crons: code.crons,
      hasHttp: code.hasHttp,
      env: own,
    };
  };
  const root = instantiate("", "", env);
  const describeInstance = (component: Component): unknown => ({
    definitionPath: component.definitionPath,
    componentPath: component.path,
    args: {},
    childComponents: Object.fromEntries(
      [...component.children].map(([name, child]) => [name, describeInstance(child)]),
    ),
    httpRoutes: { httpModuleRoutes: null, mounts: [] },
    exports: {},
  });
  return {
    request,
    root,
    schemas,
    authProviders: definitions.get("")!.code.authProviders,
    analysis: Object.fromEntries([...definitions].map(([path, each]) => [path, describe(each)])),
    app: describeInstance(root),
  };
}
