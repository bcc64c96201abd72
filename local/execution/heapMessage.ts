/** A recording on its way to the process that runs it again: texts outside of the heap that is judged. */
import type { Outcome, Recording } from "./recording.js";

/** Where a text lies. */
type Span = [from: number, to: number];
type PackedOutcome = { ok: true; text: Span } | { ok: false; text: Span; data?: Span };

export interface PackedRecording {
  component: number;
  kind: string;
  module: string;
  name: string;
  call: { requestId: string; seed: number; nowMs: number };
  args: Span;
  result: Span;
  atOnce: PackedOutcome[];
  deliveries: { index: number; outcome: PackedOutcome }[][];
  nested: (PackedRecording | null)[];
}

/** The code of a component, sent before the first recording that needs it. */
export interface ComponentMessage {
  id: number;
  label: string;
  code: Record<string, string>;
  env: Readonly<Record<string, string>>;
}

/** How a call ended that was run again: as it did before, or otherwise, as what is not fixed in it was else. */
export type Ending = "same" | "other";

export interface JudgeMessage {
  components: ComponentMessage[];
  recording: PackedRecording;
  texts: Uint8Array;
}

/** Packs a recording; without `withNested`, calls nested in it are answered and not run. */
export function pack(
  recording: Recording,
  withNested: boolean,
  idOf: (recording: Recording) => number,
): { recording: PackedRecording; texts: Uint8Array } {
  const pieces: Buffer[] = [];
  let length = 0;
  const span = (text: string): Span => {
    const piece = Buffer.from(text);
    pieces.push(piece);
    length += piece.length;
    return [length - piece.length, length];
  };
  const outcome = (from: Outcome): PackedOutcome => {
    if (typeof from === "string") return { ok: true, text: span(from) };
    const [message, data] = from;
    return { ok: false, text: span(message), ...(data === undefined ? {} : { data: span(data) }) };
  };
  const packed = (from: Recording): PackedRecording => ({
    component: idOf(from),
    kind: from.spec.kind,
    module: from.spec.module,
    name: from.spec.name,
    call: from.call,
    args: span(from.args),
    result: span(from.result),
    atOnce: from.atOnce.map(outcome),
    deliveries: from.deliveries.map((batch) =>
      batch.map((one) => ({ index: one.index, outcome: outcome(one.outcome) })),
    ),
    nested: withNested ? from.nested.map((each) => each && packed(each)) : [],
  });
  const all = packed(recording);
  return { recording: all, texts: Buffer.concat(pieces, length) };
}

/** Text of a packed recording, made when it is asked for. */
export class Texts {
  constructor(private readonly bytes: Buffer) {}

  at([from, to]: Span): string {
    return this.bytes.toString("utf8", from, to);
  }

  outcome(packed: PackedOutcome): Outcome {
    const text = this.at(packed.text);
    if (packed.ok) return text;
    return packed.data === undefined ? [text] : [text, this.at(packed.data)];
  }
}
