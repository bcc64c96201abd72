/** Progress: a plain line every few seconds, or at a terminal a bar, where the caller has one. */

export type ProgressState = {
  /** Of `total`, in whatever unit: bytes of a file, rows to send. */
  done: number;
  total: number;
  rows: number;
  accepted: number;
  rejected: number;
  /** Rows that were there before. */
  known?: number;
};

export type Progress = {
  update(state: ProgressState): void;
  /** Ends it with a last line. */
  stop(message: string): void;
};

const plainEveryMs = 5_000;
const barSteps = 100;

/** `now` in milliseconds. Writes to stderr, so that stdout stays for results. */
export function startProgress(
  label: string,
  { stream = process.stderr, now = () => Date.now(), bar }: ProgressOutput = {},
): Progress {
  const startedAt = now();
  const describe = (state: ProgressState) => {
    const seconds = Math.max(0.001, (now() - startedAt) / 1000);
    return `${label}: ${describeState(state, state.rows / seconds)}`;
  };
  return stream.isTTY === true && bar !== undefined
    ? barProgress(bar, label, describe, stream)
    : plainProgress(describe, stream, now);
}

export type ProgressOutput = {
  stream?: NodeJS.WriteStream;
  now?: () => number;
  /** Makes a bar; `@clack/prompts` has one, which apps may lack. */
  bar?: MakeBar;
};

type MakeBar = (options: { max: number; output: NodeJS.WriteStream }) => {
  start(label: string): void;
  advance(steps: number, message: string): void;
  stop(message: string): void;
};

/** `12,500 rows · 4,300 rows/s · 12,500 accepted · 0 rejected · 12%` */
export function describeState(state: ProgressState, rowsPerSecond: number): string {
  return [
    `${number(state.rows)} rows`,
    `${number(Math.round(rowsPerSecond))} rows/s`,
    `${number(state.accepted)} accepted`,
    `${number(state.rejected)} rejected`,
    ...(state.known ? [`${number(state.known)} already there`] : []),
    `${percent(state)}%`,
  ].join(" · ");
}

export function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** 100 only when everything that was read is answered, too. */
function percent({ done, total, rows, accepted, rejected, known = 0 }: ProgressState): number {
  const most = accepted + rejected + known < rows ? 99 : 100;
  return total <= 0 ? most : Math.min(most, Math.floor((done / total) * 100));
}

function barProgress(
  makeBar: MakeBar,
  label: string,
  describe: (state: ProgressState) => string,
  output: NodeJS.WriteStream,
): Progress {
  const bar = makeBar({ max: barSteps, output });
  bar.start(label);
  let shown = 0;
  return {
    update(state) {
      const reached = percent(state);
      bar.advance(reached - shown, describe(state));
      shown = reached;
    },
    stop: (message) => bar.stop(message),
  };
}

function plainProgress(
  describe: (state: ProgressState) => string,
  output: NodeJS.WriteStream,
  now: () => number,
): Progress {
  let printedAt = now();
  return {
    update(state) {
      if (now() - printedAt < plainEveryMs) return;
      printedAt = now();
      output.write(`${describe(state)}\n`);
    },
    stop: (message) => void output.write(`${message}\n`),
  };
}
