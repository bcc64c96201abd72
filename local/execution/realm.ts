/**
 * A realm: one V8 context with its own globals and module instances. A realm runs one function at a
 * time (module-global state such as convex-helpers' trigger lock must never be shared by two
 * transactions); nested calls run in realms of their own. Syscalls complete on a later macrotask, all
 * that are ready together, so that concurrent transactions interleave as they do in production.
 */
import { types as utilTypes } from "node:util";
import { constants, createContext, Script } from "node:vm";
import { RELAXED_LIMITS, type Limits } from "../database/limits.js";
import type { Bundle } from "./bundle.js";
import { formatLog } from "./console.js";
import { type Failure, FunctionError } from "../errors.js";
import type { Frame } from "./frame.js";
import { AllocationMeter } from "./allocation.js";
import { PRELUDE } from "./prelude.js";
import type { Delivery } from "./recording.js";
import { Stopwatch } from "./stopwatch.js";
import type { Json } from "../values/json.js";

/** An answer that waits to be handed over. */
interface Ready extends Delivery {
  resolve: Resolve;
  reject: Reject;
}

type Resolve = (text: string) => void;
type Reject = (failure: Failure) => void;

/** Serves the syscalls of a running function. */
export interface SyscallHandler {
  /** Answers at once; a returned Failure is thrown in the realm. */
  sync(frame: Frame, op: string, args: string): string | Failure;
  begin(frame: Frame, op: string, args: string, resolve: Resolve, reject: Reject): void;
  js(frame: Frame, op: string, args: Record<string, unknown>): Promise<unknown>;
}

interface Described {
  text: string;
  data?: string;
}

interface Entry {
  load(path: string): Record<string, unknown>;
  describe(thrown: unknown): Described;
  run(
    seed: number,
    kind: string,
    path: string,
    name: string,
    args: string,
    resolve: (result: string) => void,
    reject: (error: Described) => void,
  ): void;
  http(
    seed: number,
    path: string,
    request: Request,
    resolve: (response: Response | null) => void,
    reject: (error: Described) => void,
  ): void;
}

const prelude = new Script(PRELUDE, { filename: "prelude.js" });
const encoder = new TextEncoder();

const WEB_GLOBALS = {
  URL,
  URLSearchParams,
  TextDecoder,
  crypto: globalThis.crypto,
  atob,
  btoa,
  Request,
  Response,
  Headers,
  FormData,
  Blob,
  File: globalThis.File,
  structuredClone,
  ReadableStream,
  WritableStream,
  TransformStream,
  AbortController,
  AbortSignal,
  Event,
  EventTarget,
  queueMicrotask,
  performance: globalThis.performance,
  CompressionStream,
  DecompressionStream,
  TextEncoderStream,
  TextDecoderStream,
};

/** Whether a syscall is a read that nothing of the transaction has fetched: a `get`, a query's first document. */
function isRoundTrip(frame: Frame, op: string, args: string): boolean {
  return op === "1.0/get" || (op === "1.0/queryStreamNext" && frame.isFirstOf(args));
}

export class Realm {
  private frame: Frame | null = null;
  private readonly entry: Entry;
  private ready: Ready[] = [];
  private begun = 0;
  private inFlight = 0;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly watch: Stopwatch;
  private readonly allocation: AllocationMeter | null;

  constructor(
    private readonly bundle: Bundle,
    env: Readonly<Record<string, string>>,
    private readonly handler: SyscallHandler,
    private readonly limits: Limits = RELAXED_LIMITS,
    /** Told of every read of an environment variable that is not set. */
    onUnset?: (name: string) => void,
  ) {
    this.watch = new Stopwatch(limits.userClock);
    this.allocation = limits.heapBytes === null ? null : new AllocationMeter();
    const context = createContext(constants.DONT_CONTEXTIFY as unknown as object);
    const start = prelude.runInContext(context) as (host: object) => Entry;
    const resolvedNow = () => this.frame?.now() ?? 0;
    this.entry = start({
      web: WEB_GLOBALS,
      env,
      onUnset,
      encode: (text: string) => encoder.encode(text),
      encodeInto: (text: string, into: Uint8Array) => encoder.encodeInto(text, into),
      isArrayBuffer: utilTypes.isArrayBuffer,
      isUint8Array: utilTypes.isUint8Array,
      isError: utilTypes.isNativeError,
      now: resolvedNow,
      isAction: () => this.frame?.isAction === true,
      requestId: () => this.frame?.call.requestId ?? "",
      sync: (op: string, args: string) => this.sync(op, args),
      begin: (op: string, args: string, resolve: Resolve, reject: Reject) =>
        this.begin(op, args, resolve, reject),
      js: (op: string, args: Record<string, unknown>) =>
        this.frame === null
          ? Promise.reject(new Error("The function has finished"))
          : this.handler.js(this.frame, op, args),
      log: (level: string, args: unknown[]) => {
        if (!limits.redacted) this.frame?.log(formatLog(level, args));
      },
      fetch: (...args: Parameters<typeof fetch>) => fetch(...args),
      setTimeout: (callback: () => void, ms: number) => this.timer(setTimeout(callback, ms)),
      setInterval: (callback: () => void, ms: number) => this.timer(setInterval(callback, ms)),
      clearTimer: (id: NodeJS.Timeout) => {
        clearTimeout(id);
        this.timers.delete(id);
      },
      script: (path: string): unknown =>
        this.bundle.script(path, limits.coldContexts).runInContext(context),
      resolve: (from: string, specifier: string) => this.bundle.resolve(from, specifier),
    });
  }

  private timer(id: NodeJS.Timeout): NodeJS.Timeout {
    this.timers.add(id);
    return id;
  }

  private sync(op: string, args: string): string | Failure {
    if (this.frame === null) return ["The function has finished; nothing may be called any more."];
    const { frame } = this;
    this.interrupt(frame);
    const answer = this.handler.sync(frame, op, args);
    frame.recording?.atOnce.push(answer);
    this.resume();
    return answer;
  }

  /** User code is interrupted, … */
  private interrupt(frame: Frame): void {
    const passedMs = this.watch.lap();
    frame.userTimeMs += passedMs;
    if (frame.recording === null || this.allocation === null) return;
    frame.recording.allocatedBytes += this.allocation.lap(passedMs);
  }

  /** … and goes on: what the backend did meanwhile is not the function's. */
  private resume(): void {
    this.watch.start();
    this.allocation?.start();
  }

  private begin(op: string, args: string, resolve: Resolve, reject: Reject): void {
    const { frame } = this;
    if (frame === null) return;
    this.interrupt(frame);
    this.inFlight++;
    const index = this.begun++;
    const settle = (outcome: string | Failure) => {
      this.inFlight--;
      if (this.frame !== frame) return;
      this.ready.push({ index, outcome, resolve, reject });
      if (this.ready.length === 1) setImmediate(this.deliver);
    };
    if (frame.isOutOfTime) {
      settle(["Function execution timed out (maximum user time exceeded)"]);
      return;
    }
    const latencyMs = isRoundTrip(frame, op, args) ? this.limits.readLatencyMs : 0;
    this.handler.begin(
      frame,
      op,
      args,
      (text) => {
        const answer = () => settle(text);
        if (latencyMs === 0) answer();
        else setTimeout(answer, latencyMs);
      },
      settle,
    );
    this.resume();
  }

  /** Hands over every syscall result that is ready; user code goes on in the microtasks after it. */
  private readonly deliver = (): void => {
    const { ready } = this;
    this.ready = [];
    this.frame?.recording?.deliveries.push(ready.map(({ index, outcome }) => ({ index, outcome })));
    this.resume();
    for (const { outcome, resolve, reject } of ready) {
      if (typeof outcome === "string") resolve(outcome);
      else reject(outcome);
    }
  };

  /** The exports of a module, evaluated in this realm. For analysis at push. */
  load(path: string): Record<string, unknown> {
    try {
      return this.entry.load(path);
    } catch (thrown) {
      throw new FunctionError(this.entry.describe(thrown).text);
    }
  }

  private async occupy<T>(
    frame: Frame,
    start: (resolve: (value: T) => void, reject: (error: Described) => void) => void,
  ): Promise<T> {
    this.frame = frame;
    this.begun = 0;
    this.allocation?.begin();
    this.watch.start();
    try {
      return await new Promise<T>((resolve, reject) => {
        start(resolve, ({ text, data }) => {
          reject(
            new FunctionError(text, data === undefined ? undefined : (JSON.parse(data) as Json)),
          );
        });
      });
    } finally {
      this.interrupt(frame);
      this.watch.stop();
      this.frame = null;
      for (const timer of this.timers) clearTimeout(timer);
      this.timers.clear();
    }
  }

  /** Runs one function to its end; args and result are wire-form JSON text. */
  run(frame: Frame, args: string): Promise<string> {
    const { spec, call } = frame;
    if (frame.recording !== null) frame.recording.args = args;
    return this.occupy(frame, (resolve, reject) => {
      this.entry.run(call.seed, spec.kind, spec.module, spec.name, args, resolve, reject);
    });
  }

  /** Runs the HTTP router and hands over its answer, null when no route matches. */
  http(
    frame: Frame,
    request: Request,
    send: (response: Response | null) => Promise<void>,
  ): Promise<void> {
    return this.occupy(frame, (resolve, reject) => {
      const deliver = (response: Response | null) => {
        send(response).then(resolve, (error: Error) => reject({ text: error.message }));
      };
      this.entry.http(frame.call.seed, frame.spec.module, request, deliver, reject);
    });
  }

  /** Whether the realm may be used again: nothing that was started is still under way. */
  get isQuiet(): boolean {
    return this.frame === null && this.inFlight === 0 && this.ready.length === 0;
  }
}
