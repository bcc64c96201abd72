/** A unified diff of one file, with three lines of context. */

const CONTEXT = 3;

interface Line {
  mark: " " | "-" | "+";
  text: string;
}

/** `before` is null for a file that is new. Empty where nothing changes. O(lines²): for small files. */
export function diffOf(path: string, before: string | null, after: string): string {
  const lines = compare(linesOf(before ?? ""), linesOf(after));
  const changed = lines.flatMap(({ mark }, i) => (mark === " " ? [] : [i]));
  if (changed.length === 0) return "";
  const near = (i: number) => changed.some((at) => Math.abs(at - i) <= CONTEXT);
  const hunks: string[] = [];
  let old = 1;
  let now = 1;
  for (let i = 0; i < lines.length;) {
    const start = i;
    while (i < lines.length && near(i)) i += 1;
    const hunk = lines.slice(start, i);
    if (hunk.length > 0) {
      const [olds, nows] = [count(hunk, "-"), count(hunk, "+")];
      hunks.push(
        `@@ -${olds === 0 ? old - 1 : old},${olds} +${now},${nows} @@`,
        ...hunk.map(({ mark, text }) => mark + text),
      );
      old += olds;
      now += nows;
      continue;
    }
    i += 1;
    old += 1;
    now += 1;
  }
  const from = before === null ? "/dev/null" : `a/${path}`;
  return `${[`--- ${from}`, `+++ b/${path}`, ...hunks].join("\n")}\n`;
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** Lines of a hunk that the old ("-") or the new ("+") file has. */
function count(hunk: readonly Line[], side: "-" | "+"): number {
  return hunk.filter(({ mark }) => mark === " " || mark === side).length;
}

/** Both files' lines in order, by their longest common subsequence. */
function compare(a: readonly string[], b: readonly string[]): Line[] {
  const common = Array.from({ length: a.length + 1 }, () =>
    new Array<number>(b.length + 1).fill(0),
  );
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i]![j] =
        a[i] === b[j]
          ? common[i + 1]![j + 1]! + 1
          : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ mark: " ", text: a[i]! });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && common[i + 1]![j]! >= common[i]![j + 1]!)) {
      lines.push({ mark: "-", text: a[i]! });
      i += 1;
    } else {
      lines.push({ mark: "+", text: b[j]! });
      j += 1;
    }
  }
  return lines;
}
