/**
 * `ctx.runQuery` and `ctx.runMutation` inside a query or mutation: the same transaction, a realm of
 * its own. A nested mutation that throws has its writes rolled back; a stale query reads the base
 * snapshot and leaves no read behind.
 */
import { DeveloperError, type TransactionBudget } from "../database/limits.js";
import type { Json } from "../values/json.js";
import type { SyscallArgs } from "./databaseSyscalls.js";
import type { FunctionAddress, FunctionKind } from "./deployment.js";
import { ReturnsError } from "../errors.js";
import { Frame } from "./frame.js";
import type { Host } from "./host.js";

/** Runs the nested call that a `1.0/runUdf` syscall asks for. Must be called in the frame's turn. */
export async function nestedCall(host: Host, frame: Frame, args: SyscallArgs): Promise<string> {
  const { recording } = frame;
  const place = recording === null ? 0 : recording.nested.push(null) - 1;
  const isStale = args.udfType === "snapshotQuery";
  const kind = (isStale ? "query" : args.udfType) as FunctionKind;
  const outer = frame.transaction;
  if (outer === null) {
    throw new DeveloperError("NoTransaction", "runUdf is only available in queries and mutations.");
  }
  if (frame.spec.kind === "query" && kind !== "query") {
    throw new DeveloperError("ReadOnly", "Queries can't run mutations.");
  }
  const address = args as unknown as FunctionAddress;
  const { component, spec } = host.mustDeployment().resolve(frame.component, address);
  if (spec.kind !== kind) {
    throw new DeveloperError(
      "WrongFunctionType",
      `Trying to execute ${spec.path} as a ${kind}, but it is defined as ${spec.kind}.`,
    );
  }
  return frame.exclusively(async () => {
    const transaction = isStale ? outer.stale() : outer;
    const child = new Frame(frame.call, component, spec, transaction, frame.depth + 1);
    if (recording !== null) recording.nested[place] = child.record();
    const { usage } = transaction;
    const ceiling = usage.ceiling;
    const savepoint = transaction.savepoint();
    usage.ceiling = usage.nested(args.transactionLimits as Partial<TransactionBudget> | undefined);
    try {
      return await host.invoke(child, args.args as Json);
    } catch (error) {
      // The platform checks the result once the nested call is merged into its caller's transaction.
      if (!(error instanceof ReturnsError)) transaction.rollback(savepoint);
      throw error;
    } finally {
      usage.ceiling = ceiling;
      if (outer.limits.nestedTime === "shared") frame.userTimeMs += child.userTimeMs;
    }
  });
}
