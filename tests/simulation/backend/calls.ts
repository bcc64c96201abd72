/**
 * Calls between the app and the component, as the backend makes them: by reference or by handle, in one
 * transaction, and through JSON in both directions: arguments, results and errors. Nothing else passes.
 */
import { ConvexError, type Value } from "convex/values";
import * as admin from "../../../convex/components/rollups/admin.js";
import * as aggregates from "../../../convex/components/rollups/aggregates.js";
import * as explain from "../../../convex/components/rollups/explain.js";
import * as expire from "../../../convex/components/rollups/expiry/expire.js";
import * as freshness from "../../../convex/components/rollups/freshness.js";
import * as health from "../../../convex/components/rollups/health.js";
import * as append from "../../../convex/components/rollups/log/append.js";
import * as start from "../../../convex/components/rollups/start.js";
import * as pass from "../../../convex/components/rollups/verification/pass.js";
import * as status from "../../../convex/components/rollups/wake/status.js";
import * as wake from "../../../convex/components/rollups/wake/wake.js";
import * as nextWork from "../../../convex/components/rollups/worker/nextWork.js";
import * as worker from "../../../convex/components/rollups/worker/worker.js";
import type { Transaction } from "../../../local/database/transaction.js";
import {
  compileValidator,
  type Check,
  type ValidatorJson,
} from "../../../local/values/validator.js";
import { Broken } from "../world/rules.js";
import { mutationContext, queryContext, type Calls, type Side } from "./context.js";
import type { Deployment } from "./deployment.js";
import { knobs } from "./knobs.js";
import { crossed, jsonOf } from "./values.js";

/** A registered function, as the platform sees it. */
interface Registered {
  isMutation?: boolean;
  _handler(ctx: unknown, args: unknown): Promise<unknown>;
  exportArgs(): string;
  exportReturns(): string;
}

const component: Record<string, object> = {
  ...{
    admin,
    aggregates,
    explain,
    freshness,
    health,
    start,
    "expiry/expire": expire,
    "log/append": append,
  },
  ...{ "verification/pass": pass, "wake/wake": wake, "worker/worker": worker },
  ...{ "worker/nextWork": nextWork },
  ...{ "wake/status": status },
};

/** Everything that is not in the database. */
export interface Host {
  /** The app that is deployed. */
  readonly code: Deployment;
  /** Whether calls are checked against their validators. */
  readonly isChecked: boolean;
  isAwake(worker: string): boolean;
  wake(worker: string): void;
}

/** A call that begins when the transaction is committed. */
export interface Scheduled {
  path: string;
  args: unknown;
}

const HANDLE = "function://;";
const CHILD = "_reference/childComponent/";

/** Handles are made by the platform, whose calls all go through one global object. */
Object.assign(globalThis, {
  Convex: {
    asyncSyscall: async (call: string, text: string) => {
      const { name } = JSON.parse(text) as { name?: string };
      if (call !== "1.0/createFunctionHandle" || name === undefined) throw new Error(call);
      return JSON.stringify(HANDLE + name);
    },
  },
});

/** One transaction with all calls in it. */
export class Execution {
  readonly scheduled: Scheduled[] = [];
  private looks = 0;

  constructor(
    readonly transaction: Transaction,
    private readonly host: Host,
    private readonly watch: Pick<Calls, "onRead" | "hides"> = {},
  ) {}

  /** A function of the app or the component, called by the platform. */
  async call(side: Side, path: string, args: unknown): Promise<unknown> {
    const [module = "", name = ""] = path.split(":");
    const functions = side === "" ? this.host.code.functions : component[module];
    const called = (functions as Record<string, Registered> | undefined)?.[name];
    if (called === undefined) throw new Error(`There is no function ${path}.`);
    const checks = this.host.isChecked ? checksOf(called, side, this.transaction) : null;
    if (checks !== null) mustFit(checks.args, args, path);
    const context = this.context(side, called.isMutation === true);
    const result = (await called._handler(context, args)) ?? null;
    if (checks !== null) mustFit(checks.returns, result, path);
    return this.passed(result);
  }

  context(side: Side, isMutation: boolean) {
    const context = isMutation ? mutationContext : queryContext;
    return context(this.transaction, side, {
      ...this.watch,
      runQuery: (reference, args, options) => {
        const isStale = options?.useStaleSnapshot === true;
        const execution = isStale ? new Execution(this.transaction.stale(), this.host) : this;
        return execution.follow(side, reference, args);
      },
      runMutation: (reference, args) => this.follow(side, reference, args),
      schedule: (reference, args) =>
        this.scheduled.push({ path: pathOf(reference), args: this.passed(args) }),
      metrics: () => {
        const metrics = this.transaction.usage.metrics();
        const full = ++this.looks > knobs.looks;
        return full ? { ...metrics, bytesWritten: { used: 1, remaining: 0 } } : metrics;
      },
    });
  }

  /** What arrives of arguments and results. */
  private passed(value: unknown): unknown {
    const { isChecked } = this.host;
    if (!isObject(value) || !(isObject(value.app) || isObject(value.cubes))) {
      return crossed(value, isChecked);
    }
    const copy: Fields = {};
    for (const [name, part] of Object.entries(value)) {
      if (part === undefined) continue;
      if (name === "cubes") copy[name] = crossedCubes(part as Fields);
      else copy[name] = name === "app" ? this.passed(part) : crossed(part, isChecked);
    }
    return Object.freeze(copy);
  }

  /** A call by reference or handle, from one side. */
  private async follow(from: Side, reference: unknown, args: unknown): Promise<unknown> {
    const [side, path] = placeOf(from, pathOf(reference));
    if (side !== "batchWorker") {
      try {
        return await this.call(side, path, this.passed(args));
      } catch (error) {
        throw crossedError(error);
      }
    }
    const { name: loop } = args as { name: string };
    if (path === "lib:ping" || path === "lib:kick") return this.host.wake(loop);
    return { kind: this.host.isAwake(loop) ? "running" : "idle" };
  }
}

function pathOf(reference: unknown): string {
  if (typeof reference === "string") return reference;
  const known = reference as Record<symbol, string | undefined>;
  const path = known[Symbol.for("functionName")] ?? known[Symbol.for("toReferencePath")];
  if (path === undefined) throw new Error("That is no function reference.");
  return path;
}

/** Where a call goes: a handle to the app, a child's path to the child, and all else to the caller's own. */
function placeOf(from: Side, path: string): [Side | "batchWorker", string] {
  if (path.startsWith(HANDLE)) return ["", path.slice(HANDLE.length)];
  if (!path.startsWith(CHILD)) return [from, path];
  const [child = "", ...place] = path.slice(CHILD.length).split("/");
  return [child as "rollups" | "batchWorker", place.join("/").replace(/\/(\w+)$/, ":$1")];
}

interface Checks {
  args: Check;
  returns: Check;
}

const known = new WeakMap<Registered, Checks>();

/** The function's validators. Tables have the same numbers in every world. */
function checksOf(called: Registered, side: Side, { catalog }: Transaction): Checks {
  let checks = known.get(called);
  if (checks === undefined) {
    const compiled = (text: string): Check => {
      const validator = JSON.parse(text) as ValidatorJson | null;
      if (validator === null) return () => null;
      return compileValidator(validator, (id) => catalog.tableOfId(side, id)?.name ?? null);
    };
    checks = { args: compiled(called.exportArgs()), returns: compiled(called.exportReturns()) };
    known.set(called, checks);
  }
  return checks;
}

/** Definitions are checked where they are made. */
function mustFit(check: Check, value: unknown, path: string): void {
  const { app, cubes } = (isObject(value) ? value : {}) as Fields;
  const checked = isObject(app)
    ? { ...(value as Fields), app: { ...app, cubes: {} } }
    : isObject(cubes)
      ? { ...(value as Fields), cubes: {} }
      : value;
  const problem = check(jsonOf(checked), "");
  if (problem !== null) throw new Broken(`${path} does not take or give this: ${problem}`);
}

type Fields = Record<string, unknown>;

const definitions = new WeakMap<object, unknown>();

/** Definitions are large and never change, so each of them crosses once, all the way. */
function crossedCubes(cubes: Fields): unknown {
  const whole = definitions.get(cubes);
  if (whole !== undefined) return whole;
  const arrived = Object.entries(cubes).map(([name, cube]) => {
    const one = definitions.get(cube as object) ?? crossed(cube, true);
    definitions.set(cube as object, one);
    return [name, one] as const;
  });
  const all = Object.freeze(Object.fromEntries(arrived));
  definitions.set(cubes, all);
  return all;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What arrives of an error: its data or its message, and never its class. */
function crossedError(error: unknown): unknown {
  if (error instanceof Broken) return error;
  if (error instanceof ConvexError) return new ConvexError(crossed(error.data as Value, true));
  const { message, stack } = error as Error;
  return Object.assign(new Error(message), { stack });
}
