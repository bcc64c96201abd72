/**
 * The syscall interface between user code and the backend: dispatches to the database, to nested
 * calls, the scheduler and file storage. Failures that the developer caused become errors in user
 * code, where they may be caught.
 */
import { DeveloperError } from "../database/limits.js";
import { cancelJob, insertJob } from "./jobDocument.js";
import { hasLoneSurrogate, type Json, type JsonObject, ValueError } from "../values/json.js";
import {
  databaseOperations,
  requireMutation,
  type SyscallArgs,
  syncOperations,
} from "./databaseSyscalls.js";
import type { FunctionAddress } from "./deployment.js";
import { type Failure, FunctionError } from "../errors.js";
import type { Frame } from "./frame.js";
import type { Host } from "./host.js";
import { nestedCall } from "./nestedCall.js";
import type { SyscallHandler } from "./realm.js";
import { signJwt } from "./signJwt.js";
import { storageOperations, storeBlob } from "./storageSyscalls.js";

type AsyncOperation = (host: Host, frame: Frame, args: SyscallArgs) => Promise<string> | string;

function failureOf(error: unknown): Failure {
  if (error instanceof FunctionError) {
    return error.data === undefined ? [error.message] : [error.message, JSON.stringify(error.data)];
  }
  if (error instanceof Error) return [error.message];
  return [String(error)];
}

function isDeveloperFault(error: unknown): boolean {
  return (
    error instanceof FunctionError || error instanceof DeveloperError || error instanceof ValueError
  );
}

function parseArgs(text: string): SyscallArgs {
  if (hasLoneSurrogate(text)) throw new ValueError("String contains an unpaired surrogate.");
  return JSON.parse(text) as SyscallArgs;
}

function addressOf(args: SyscallArgs): FunctionAddress {
  return args as unknown as FunctionAddress;
}

/** The credentials that an action's own calls carry. */
function callerOf(frame: Frame) {
  const { identity, authToken, ip, userAgent } = frame.call;
  return { credentials: { isAdmin: true, identity, token: authToken }, ip, userAgent };
}

function schedule(host: Host, frame: Frame, args: SyscallArgs) {
  const target = host.mustDeployment().resolve(frame.component, addressOf(args));
  if (target.spec.kind === "query") {
    throw new DeveloperError(
      "UnsupportedScheduledFunctionType",
      `Unsupported function type. ${target.spec.path} is a query; only mutations and actions can be scheduled.`,
    );
  }
  return { target, scheduledTime: (args.ts as number) * 1000, value: args.args as JsonObject };
}

const operations: Record<string, AsyncOperation> = {
  "1.0/runUdf": (host, frame, args) => nestedCall(host, frame, args),

  "1.0/createFunctionHandle": (host, frame, args) => {
    const deployment = host.mustDeployment();
    return JSON.stringify(
      deployment.handleOf(deployment.resolve(frame.component, addressOf(args))),
    );
  },

  "1.0/schedule": (host, frame, args) => {
    requireMutation(frame, "scheduler");
    const { target, scheduledTime, value } = schedule(host, frame, args);
    const home = frame.component.path;
    return JSON.stringify(insertJob(frame.transaction!, home, target, value, scheduledTime));
  },

  "1.0/cancel_job": (_host, frame, args) => {
    requireMutation(frame, "scheduler");
    const running = frame.call.scheduledFunctionId;
    cancelJob(frame.transaction!, frame.component.path, args.id as string, running);
    return "null";
  },

  "1.0/actions/query": async (host, frame, args) => {
    const target = host.mustDeployment().resolve(frame.component, addressOf(args));
    const outcome = await host.query(target, args.args as Json, callerOf(frame));
    outcome.logLines.forEach((line) => frame.log(line));
    return outcome.value;
  },

  "1.0/actions/mutation": async (host, frame, args) => {
    const target = host.mustDeployment().resolve(frame.component, addressOf(args));
    const outcome = await host.mutation(target, args.args as Json, callerOf(frame));
    outcome.logLines.forEach((line) => frame.log(line));
    return outcome.value;
  },

  "1.0/actions/action": async (host, frame, args) => {
    const target = host.mustDeployment().resolve(frame.component, addressOf(args));
    const { call } = frame;
    return (await host.action(target, args.args as Json, callerOf(frame), { call })).value;
  },

  "1.0/actions/schedule": async (host, frame, args) => {
    const { target, scheduledTime, value } = schedule(host, frame, args);
    const id = await host.transact("scheduler", (transaction) =>
      insertJob(transaction, frame.component.path, target, value, scheduledTime),
    );
    return JSON.stringify(id);
  },

  "1.0/actions/cancel_job": async (host, frame, args) => {
    await host.transact("scheduler", (transaction) =>
      cancelJob(transaction, frame.component.path, args.id as string, null),
    );
    return "null";
  },

  "1.0/getUserIdentity": (_host, frame) => {
    frame.call.readsIdentity = true;
    // Convex documents ctx.auth as unavailable inside components: pass what they need as arguments.
    if (frame.component.path !== "") return "null";
    return JSON.stringify(frame.call.identity?.attributes ?? null);
  },

  "1.0/signJwt": (host, frame, args) => signJwt(host, frame, args),

  "1.0/getFunctionMetadata": (_host, frame) =>
    JSON.stringify({ name: frame.spec.path, componentPath: frame.component.path }),

  "1.0/getDeploymentMetadata": () =>
    JSON.stringify({ name: "local-embedded", region: null, class: "s16" }),

  "1.0/getRequestMetadata": (_host, frame) => {
    const { ip, userAgent, requestId, scheduledFunctionId, authToken } = frame.call;
    return JSON.stringify({ ip, userAgent, requestId, scheduledFunctionId, authToken });
  },

  ...storageOperations,
};

export class Syscalls implements SyscallHandler {
  constructor(private readonly host: Host) {}

  sync(frame: Frame, op: string, args: string): string | Failure {
    const operation = syncOperations[op];
    if (operation === undefined || frame.transaction === null) {
      return [`Unknown operation ${op}`];
    }
    try {
      return operation(frame, frame.transaction, parseArgs(args));
    } catch (error) {
      return failureOf(error);
    }
  }

  begin(
    frame: Frame,
    op: string,
    args: string,
    resolve: (text: string) => void,
    reject: (failure: Failure) => void,
  ): void {
    const start = () => {
      try {
        const result = this.perform(frame, op, parseArgs(args));
        if (typeof result === "string") resolve(result);
        else result.then(resolve, (error: unknown) => reject(this.explain(error)));
      } catch (error) {
        reject(this.explain(error));
      }
    };
    if (frame.isAction) start();
    else frame.inTurn(start);
  }

  private explain(error: unknown): Failure {
    if (!isDeveloperFault(error) && error instanceof Error) {
      const code = error.constructor.name;
      return [`${code === "Error" ? "" : `${code}: `}${error.message}`];
    }
    return failureOf(error);
  }

  private perform(frame: Frame, op: string, args: SyscallArgs): Promise<string> | string {
    const database = databaseOperations[op];
    if (database !== undefined && frame.transaction !== null) {
      return database(frame, frame.transaction, args);
    }
    const operation = operations[op];
    if (operation === undefined) {
      throw new DeveloperError("UnknownOperation", `Unknown async operation ${op}`);
    }
    return operation(this.host, frame, args);
  }

  async js(frame: Frame, op: string, args: Record<string, unknown>): Promise<unknown> {
    const { files } = this.host;
    if (op === "storage/storeBlob") {
      return storeBlob(this.host, frame, args.blob as Blob);
    }
    if (op === "storage/getBlob") {
      const transaction = this.host.database.readAt(this.host.database.latest);
      const file = await files.read(transaction, frame.component.path, args.storageId as string);
      if (file === null) return null;
      return new Blob([new Uint8Array(file.bytes)], { type: file.contentType ?? "" });
    }
    throw new Error(`Unknown operation ${op}`);
  }
}
