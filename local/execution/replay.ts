/** Runs a recorded call once more: every syscall answers what it answered then, in the same order. */
import type { Limits } from "../database/limits.js";
import type { Failure } from "../errors.js";
import type { Component, FunctionSpec } from "./deployment.js";
import { type CallContext, Frame } from "./frame.js";
import type { Ending, PackedRecording, Texts } from "./heapMessage.js";
import { Realm, type SyscallHandler } from "./realm.js";

const NESTED = "1.0/runUdf";

interface Waiting {
  resolve: (text: string) => void;
  reject: (failure: Failure) => void;
}

/** What is known of the components that the recordings name. */
export type ComponentOf = (id: number) => Pick<Component, "bundle" | "env">;

/** Resolves when the call has ended, and tells whether it ended as it did before. */
export async function replay(
  recording: PackedRecording,
  texts: Texts,
  componentOf: ComponentOf,
  limits: Limits,
): Promise<Ending> {
  const waiting: (Waiting | undefined)[] = [];
  let answered = 0;
  let delivered = 0;
  let nested = 0;

  /** Hands over what arrived together, once all of it was asked for. */
  const deliver = (): void => {
    const batch = recording.deliveries[delivered];
    if (batch === undefined || batch.some(({ index }) => waiting[index] === undefined)) return;
    delivered++;
    for (const { index, outcome } of batch) {
      const answer = texts.outcome(outcome);
      if (typeof answer === "string") waiting[index]!.resolve(answer);
      else waiting[index]!.reject(answer);
    }
    // Behind the realm's own turn, in which user code goes on.
    setImmediate(deliver);
  };

  const handler: SyscallHandler = {
    sync: () => {
      const outcome = recording.atOnce[answered++];
      if (outcome === undefined) throw new Error("It asks for more than it did");
      return texts.outcome(outcome);
    },
    begin: (_frame, op, _args, resolve, reject) => {
      const index = begun++;
      const wait = () => {
        waiting[index] = { resolve, reject };
        deliver();
      };
      const call = op === NESTED ? recording.nested[nested++] : null;
      if (call == null) wait();
      else void replay(call, texts, componentOf, limits).then(wait);
    },
    js: () => Promise.reject(new Error("Queries and mutations have no such syscalls")),
  };
  let begun = 0;

  const { bundle, env } = componentOf(recording.component);
  const { kind, module, name, call } = recording;
  const realm = new Realm(bundle, env, handler, limits);
  const spec = { kind, module, name } as FunctionSpec;
  const frame = new Frame(call as CallContext, { env } as Component, spec, null, 0);
  const result = await realm.run(frame, texts.at(recording.args)).catch(() => null);
  return result === texts.at(recording.result) ? "same" : "other";
}
