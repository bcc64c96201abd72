/** How a command of this folder fails: by a code that scripts can match, a sentence, and a way out. */

export class Failure extends Error {
  override readonly name = "Failure";

  constructor(
    /** Stable, for scripts and tests: `NoBackend`, `PortInUse`, … */
    readonly code: string,
    message: string,
    /** What to do about it; printed on its own line. */
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** `--help`: what a command says about itself is its result. */
export class Help extends Error {
  constructor(readonly usage: string) {
    super(usage);
  }
}

/** A function of the app refused a call by a code of its own. */
export class Refusal extends Failure {}

/** The call as a whole failed, through no transient fault: one of its rows may be the cause. */
export class BatchRefused extends Error {
  override readonly name = "BatchRefused";

  constructor(
    message: string,
    readonly code = "ServerError",
  ) {
    super(message);
  }
}

/** Runs a command's body; `--help` prints its usage, and a failure ends the process with status 1 and its code on stderr. */
export async function runCommand(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (error instanceof Help) {
      process.stdout.write(`${error.usage}\n`);
      return;
    }
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = 1;
  }
}

/** `Code: message`, with the hint below; the stack only for what is not a `Failure`. */
export function describeError(error: unknown): string {
  if (error instanceof Failure)
    return `${error.code}: ${error.message}${error.hint === undefined ? "" : `\n  ${error.hint}`}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The first line of any error's message. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0] ?? text;
}
