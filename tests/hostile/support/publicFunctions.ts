/**
 * Every public function and HTTP route of the app, found in its modules, so that one which is added
 * tomorrow is attacked tomorrow; and the names of all that clients cannot call.
 */
import type { FunctionReference } from "convex/server";
import { makeFunctionReference } from "convex/server";
import type { Access } from "../../../convex/access/rules.js";
import http from "../../../convex/http.js";

export type Kind = "query" | "mutation" | "action";

export interface PublicFunction {
  /** "module:export", as clients call it. */
  name: string;
  kind: Kind;
  /** Its argument validator, as Convex exports it. */
  args: ValidatorJson;
}

/** The part of Convex's validator JSON that argument checks need. */
export interface ValidatorJson {
  type: string;
  value?: unknown;
}

interface Registered {
  isPublic?: boolean;
  isInternal?: boolean;
  isQuery?: boolean;
  isMutation?: boolean;
  isAction?: boolean;
  exportArgs?: () => string;
}

// The configuration of components holds no functions and cannot be evaluated here. What the component
// exports is for the app alone.
const modules = import.meta.glob<Record<string, unknown>>(
  [
    "../../../convex/**/*.ts",
    "!../../../convex/components/**",
    "!../../../convex/convex.config.ts",
    "!../../../convex/**/*.d.ts",
  ],
  { eager: true },
);

const componentModules = import.meta.glob<Record<string, unknown>>(
  [
    "../../../convex/components/rollups/**/*.ts",
    "!../../../convex/components/rollups/convex.config.ts",
    "!../../../convex/components/rollups/_generated/**",
  ],
  { eager: true },
);

/** What modules export that Convex can run, in order of name, below a folder. */
function functionsOf(
  found: Record<string, Record<string, unknown>>,
  folder: string,
): { name: string; registered: Registered }[] {
  return Object.entries(found)
    .flatMap(([path, exports]) => {
      const module = path.slice(path.indexOf(folder) + folder.length).replace(/\.ts$/, "");
      return Object.entries(exports).flatMap(([name, value]) => {
        const registered = value as Registered | null | undefined;
        const isFunction = registered?.isPublic === true || registered?.isInternal === true;
        return isFunction ? [{ name: `${module}:${name}`, registered }] : [];
      });
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const ofApp = functionsOf(modules, "/convex/");
const ofComponent = functionsOf(componentModules, "/rollups/");

export const publicFunctions: readonly PublicFunction[] = ofApp.flatMap(({ name, registered }) => {
  if (registered.isPublic !== true || registered.exportArgs === undefined) return [];
  const kind: Kind = registered.isQuery ? "query" : registered.isMutation ? "mutation" : "action";
  return [{ name, kind, args: JSON.parse(registered.exportArgs()) as ValidatorJson }];
});

/** Names of what the app keeps from clients. */
export const internalFunctions: readonly string[] = ofApp.flatMap(({ name, registered }) =>
  registered.isInternal === true ? [name] : [],
);

/** Names of what the component lets the app call, and of what it keeps for itself. */
export const componentFunctions = {
  public: ofComponent.flatMap(({ name, registered }) => (registered.isPublic ? [name] : [])),
  internal: ofComponent.flatMap(({ name, registered }) => (registered.isInternal ? [name] : [])),
};

/** "METHOD /path" of every HTTP route. */
export const publicRoutes: readonly string[] = http
  .getRoutes()
  .map(([path, method]) => `${method} ${path}`)
  .sort();

/** What a caller without a view key needs. */
export function needOf(rule: Access): Exclude<Access, "key"> {
  return rule === "key" ? "read" : rule;
}

/** Whatever can call functions: the test backend, or a member's view of it. */
interface Caller {
  query: unknown;
  mutation: unknown;
  action: unknown;
}

type Call = (reference: FunctionReference<Kind>, args: unknown) => Promise<unknown>;

/** Calls a function by name with arguments that may be anything. */
export async function call(
  caller: Caller,
  { name, kind }: Pick<PublicFunction, "name" | "kind">,
  args: unknown,
): Promise<unknown> {
  const reference = makeFunctionReference<Kind>(name);
  return await (caller[kind] as Call)(reference, args);
}

/** Would Convex's own validation accept these arguments? */
export function fits(validator: ValidatorJson, value: unknown): boolean {
  switch (validator.type) {
    case "any":
      return true;
    case "null":
      return value === null;
    case "number":
    case "string":
    case "boolean":
      return typeof value === validator.type;
    case "literal":
      return value === validator.value;
    case "array":
      return (
        Array.isArray(value) && value.every((item) => fits(validator.value as ValidatorJson, item))
      );
    case "union":
      return (validator.value as ValidatorJson[]).some((one) => fits(one, value));
    case "object": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
      if (value instanceof ArrayBuffer) return false;
      const fields = validator.value as Record<
        string,
        { fieldType: ValidatorJson; optional: boolean }
      >;
      const known = Object.entries(fields).every(([field, { fieldType, optional }]) => {
        const item = Object.hasOwn(value, field)
          ? (value as Record<string, unknown>)[field]
          : undefined;
        return item === undefined ? optional : fits(fieldType, item);
      });
      return known && Object.keys(value).every((key) => Object.hasOwn(fields, key));
    }
    default:
      throw new Error(`No public function took a ${validator.type} before; teach the tests.`);
  }
}
