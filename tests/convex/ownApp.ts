/**
 * An app with tables and functions of its own, made in the test as somebody would write it, with the
 * component mounted. Which modules it has, and what they export, may change from call to call, as by a
 * deploy.
 */
import { convexTest } from "convex-test";
import {
  makeFunctionReference,
  type FunctionReference,
  type GenericSchema,
  type SchemaDefinition,
} from "convex/server";
import { inside, mount, stopClock, type Backend } from "./harness.js";
import { refuse } from "./strictly.js";

/** Exports of every module that there is now, by its name below `convex/`. */
export type Modules = Record<string, Record<string, unknown>>;

/**
 * `names` are the modules that there may be, and `modules` says what they are now. As on Convex a handle
 * is given of what the app exports only.
 */
export function startApp<Schema extends SchemaDefinition<GenericSchema, boolean>>(
  schema: Schema,
  modules: () => Modules,
  names: readonly string[] = Object.keys(modules()),
) {
  stopClock();
  const load = (name: string) => () => {
    const found = modules()[name];
    return found === undefined
      ? Promise.reject(new Error(`Could not find module for: "${name}"`))
      : Promise.resolve(found);
  };
  const t = convexTest({
    schema,
    modules: {
      "./convex/_generated/api.js": () => Promise.resolve({}),
      ...Object.fromEntries(names.map((name) => [`./convex/${name}.ts`, load(name)])),
    },
  });
  mount(t);
  refuse("1.0/createFunctionHandle", (json) => {
    const { name } = JSON.parse(json) as { name?: string };
    if (name === undefined) return;
    const [module = "", key = ""] = name.split(":");
    // The component makes handles of its own functions, for its worker.
    if (module.startsWith("worker/")) return;
    if (modules()[module]?.[key] === undefined) throw new Error(`There is no function ${name}.`);
  });
  return t;
}

type App = ReturnType<typeof startApp>;
/** Whoever calls: the app, or one of its people. */
type Caller = Pick<App, "query" | "mutation">;

export const ask = (caller: Caller, name: string, args: object = {}): Promise<unknown> =>
  caller.query(makeFunctionReference<"query">(name), args as never);
export const run = (caller: Caller, name: string, args: object = {}): Promise<unknown> =>
  caller.mutation(makeFunctionReference<"mutation">(name), args as never);

/**
 * Runs what the component has scheduled under a name, and has not run yet, in order; returns the arguments.
 * Without a reference it is taken from the list, and not run.
 */
export async function runScheduled<Args extends object>(
  t: Backend,
  name: string,
  reference: unknown,
): Promise<Args[]> {
  const jobs = await inside(t, async (ctx) =>
    (await ctx.db.system.query("_scheduled_functions").collect())
      .filter((job) => job.name.includes(name) && job.state.kind === "pending")
      .map(({ _id, args }) => ({ _id, args: args[0] as unknown })),
  );
  for (const { _id, args } of jobs) {
    await inside(t, async (ctx) => {
      await ctx.scheduler.cancel(_id);
    });
    if (reference === null) continue;
    await t.mutation(reference as FunctionReference<"mutation">, args as object);
  }
  return jobs.map(({ args }) => args as Args);
}
