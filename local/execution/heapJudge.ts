/**
 * Tells whether a call fits into the heap that Convex gives it. Calls share the heap of this process, so
 * none can be limited here. A call that allocated more than the limit, garbage included, is run again in a
 * process with no more heap than that; others cannot have held as much.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Limits } from "../database/limits.js";
import { FunctionError } from "../errors.js";
import type { Component } from "./deployment.js";
import { type ComponentMessage, type Ending, type JudgeMessage, pack } from "./heapMessage.js";
import type { Recording } from "./recording.js";

const MiB = 1024 * 1024;
/** What Node, the program and the app's code take by themselves, measured. */
const OWN_MIB = 8;
/** Objects that are younger than this live outside the limited space. */
const YOUNG_MIB = 2;
const JUDGED_WITHIN_MS = 60_000;
const PROGRAM = join(import.meta.dirname, "heapProcess.ts");

/** The program as one text, which needs no loader in the process that runs it. */
async function programText(): Promise<string> {
  const { outputFiles } = await build({
    ...{ entryPoints: [PROGRAM], bundle: true, write: false, platform: "node", format: "esm" },
    ...{ external: ["esbuild"], minify: true, logLevel: "silent" },
  });
  return outputFiles[0]!.text;
}

export class HeapJudge {
  private program: Promise<string> | null = null;
  private child: ChildProcess | null = null;
  private ids = new Map<Component, number>();
  private turn: Promise<unknown> = Promise.resolve();
  /** Calls that were run again, and those that ended otherwise then: what they held was not theirs. */
  readonly counts = { judged: 0, diverged: 0 };

  private readonly heapBytes: number;

  constructor(private readonly limits: Limits) {
    this.heapBytes = limits.heapBytes ?? Infinity;
  }

  /** Throws when the call, or one that it made, holds more than a call may. */
  async mustFit(recording: Recording): Promise<void> {
    const { heapBytes } = this;
    if (this.limits.nestedTime === "separate") {
      for (const nested of recording.nested) if (nested !== null) await this.mustFit(nested);
      if (recording.allocatedBytes > heapBytes) await this.inTurn(recording, false);
    } else if (recording.allocatedInAll > heapBytes) await this.inTurn(recording, true);
  }

  private async inTurn(recording: Recording, withNested: boolean): Promise<void> {
    const mine = this.turn.then(() => this.judge(recording, withNested));
    this.turn = mine.catch(() => undefined);
    if (await mine) return;
    throw new FunctionError(
      `${recording.spec.path}: JavaScript execution ran out of memory (maximum memory usage: ${this.heapBytes / MiB} MB)`,
    );
  }

  private async start(): Promise<ChildProcess> {
    this.program ??= programText();
    const heapMiB = Math.ceil(this.heapBytes / MiB) + OWN_MIB;
    const child = spawn(
      process.execPath,
      [
        ...[`--max-old-space-size=${heapMiB}`, `--max-semi-space-size=${YOUNG_MIB}`],
        ...["--input-type=module", "-"],
      ],
      { stdio: ["pipe", "ignore", "pipe", "ipc"], serialization: "advanced", env: {} },
    );
    // Told where a call is judged; at other times there is nobody to tell.
    for (const emitter of [child, child.stdin!]) emitter.on("error", () => undefined);
    // On a machine with few cores calls go first.
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    child.unref();
    child.channel?.unref();
    child.stdin!.end(await this.program);
    return child;
  }

  /** Whether the call ended within the heap. */
  private async judge(recording: Recording, withNested: boolean): Promise<boolean> {
    this.counts.judged++;
    if (this.child?.connected !== true) this.child = await this.start();
    const { child } = this;
    const components: ComponentMessage[] = [];
    const idOf = ({ component }: Recording): number => {
      let id = this.ids.get(component);
      if (id === undefined) {
        this.ids.set(component, (id = this.ids.size));
        const { bundle, env } = component;
        components.push({ id, label: bundle.label, code: bundle.texts, env });
      }
      return id;
    };
    const message: JudgeMessage = { ...pack(recording, withNested, idOf), components };
    const verdict = await verdictOf(child, message);
    if (verdict === "other") this.counts.diverged++;
    if (verdict === "same" || verdict === "other") return true;
    this.stop();
    if (verdict === "too large") return false;
    throw new Error(`The heap of ${recording.spec.path} could not be judged: ${verdict}`);
  }

  /** After a push the code is another: the process forgets what it has of the old. */
  renew(): void {
    this.turn = this.turn.then(() => this.stop());
  }

  stop(): void {
    this.child?.kill("SIGKILL");
    this.child = null;
    this.ids = new Map();
  }
}

/** How it ended, "too large", or what went wrong. */
function verdictOf(child: ChildProcess, message: JudgeMessage): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const hear = (data: Buffer) => (said = (said + data.toString()).slice(0, 20_000));
    const end = (verdict: string) => {
      clearTimeout(timer);
      child.off("message", onMessage).off("close", onClose).off("error", onError);
      child.stderr!.off("data", hear);
      resolve(verdict);
    };
    const onMessage = (ending: Ending) => end(ending);
    const onClose = () => end(/heap out of memory|heap limit/.test(said) ? "too large" : said);
    const onError = (error: Error) => end(error.message);
    const timer = setTimeout(() => end("it did not end"), JUDGED_WITHIN_MS);
    child.stderr!.on("data", hear);
    child.once("message", onMessage).once("close", onClose).once("error", onError);
    child.send(message);
  });
}
