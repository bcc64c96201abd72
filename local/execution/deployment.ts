/**
 * What is deployed: the tree of component instances with their code and functions, and how a function
 * reference (a name, a `components.x.mod.fn` path, a handle) finds its target.
 */
import type { Check } from "../values/validator.js";
import type { Bundle } from "./bundle.js";
import { FunctionError } from "../errors.js";

export type FunctionKind = "query" | "mutation" | "action";

export interface FunctionSpec {
  readonly kind: FunctionKind;
  readonly isPublic: boolean;
  /** Module path with `.js`. */
  readonly module: string;
  readonly name: string;
  /** `module:name` without `.js`, as developers write it. */
  readonly path: string;
  readonly checkArgs: Check | null;
  readonly checkReturns: Check | null;
}

export interface CronSpec {
  readonly id: string;
  readonly functionPath: string;
  readonly args: string;
  readonly schedule: Record<string, unknown>;
}

export interface Component {
  /** "" for the app, else instance names joined by "/". */
  readonly path: string;
  readonly definitionPath: string;
  readonly bundle: Bundle;
  readonly functions: ReadonlyMap<string, FunctionSpec>;
  readonly children: ReadonlyMap<string, Component>;
  readonly crons: readonly CronSpec[];
  readonly hasHttp: boolean;
  readonly env: Readonly<Record<string, string>>;
}

/** How user code addresses a function (see the npm package's `getFunctionAddress`). */
export interface FunctionAddress {
  name?: string;
  reference?: string;
  functionHandle?: string;
}

export interface Target {
  component: Component;
  spec: FunctionSpec;
}

/** `mod:fn` for the app, `component/mod:fn` for components. */
export function nameOf({ component, spec }: Target): string {
  return component.path === "" ? spec.path : `${component.path}/${spec.path}`;
}

const HANDLE_PREFIX = "function://";

/** `mod/fn.js:name` and `mod/fn` in one spelling: `mod/fn:name`, with `default` spelled out. */
export function canonicalPath(path: string): string {
  const colon = path.lastIndexOf(":");
  const module = colon < 0 ? path : path.slice(0, colon);
  const name = colon < 0 ? "default" : path.slice(colon + 1);
  return `${module.endsWith(".js") ? module.slice(0, -3) : module}:${name}`;
}

export class Deployment {
  private readonly byPath = new Map<string, Component>();

  constructor(
    readonly root: Component,
    /** Increases with every push, so that caches of an older one are not used. */
    readonly generation: number,
  ) {
    const visit = (component: Component) => {
      this.byPath.set(component.path, component);
      for (const child of component.children.values()) visit(child);
    };
    visit(root);
  }

  get components(): IterableIterator<Component> {
    return this.byPath.values();
  }

  component(path: string): Component {
    const component = this.byPath.get(path);
    if (component === undefined) throw new FunctionError(`Could not find component "${path}".`);
    return component;
  }

  /** The function at a path of a component. Non-public ones are found only with `allowInternal`. */
  find(component: Component, path: string, allowInternal: boolean): FunctionSpec {
    const canonical = canonicalPath(path);
    const spec = component.functions.get(canonical);
    if (spec === undefined || (!spec.isPublic && !allowInternal)) {
      const shown = canonical.endsWith(":default") ? canonical.slice(0, -8) : canonical;
      const what = allowInternal ? "function" : "public function";
      throw new FunctionError(
        `Could not find ${what} for '${shown}'. Did you forget to run \`npx convex dev\` or \`npx convex deploy\`?`,
      );
    }
    return spec;
  }

  /** What an address means to code running in a component. */
  resolve(from: Component, address: FunctionAddress): Target {
    if (address.name !== undefined) {
      return { component: from, spec: this.find(from, address.name, true) };
    }
    if (address.functionHandle !== undefined) return this.fromHandle(address.functionHandle);
    const [root, kind, ...steps] = (address.reference ?? "").split("/");
    if (root === "_reference" && kind === "function") {
      return { component: from, spec: this.find(from, steps.join("/"), true) };
    }
    if (root === "_reference" && kind === "childComponent" && steps.length >= 3) {
      const [childName, ...path] = steps as [string, ...string[]];
      const child = from.children.get(childName);
      if (child === undefined) {
        throw new FunctionError(`Child component "${childName}" not found`);
      }
      const name = path.pop()!;
      return { component: child, spec: this.find(child, `${path.join("/")}:${name}`, false) };
    }
    throw new FunctionError(`Invalid function reference: ${JSON.stringify(address)}`);
  }

  /** A string that names the function from anywhere, and keeps its meaning over restarts. */
  handleOf({ component, spec }: Target): string {
    return `${HANDLE_PREFIX}${encodeURIComponent(component.path)};${spec.path}`;
  }

  private fromHandle(handle: string): Target {
    const rest = handle.slice(HANDLE_PREFIX.length);
    const split = rest.indexOf(";");
    if (!handle.startsWith(HANDLE_PREFIX) || split < 0) {
      throw new FunctionError(`Invalid function handle: ${handle}`);
    }
    const component = this.component(decodeURIComponent(rest.slice(0, split)));
    return { component, spec: this.find(component, rest.slice(split + 1), true) };
  }
}
