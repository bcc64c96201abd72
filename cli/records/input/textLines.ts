/** Lines of a text without their ends (LF, CR LF or CR), numbered from 1. O(length), also of one line. */
export interface Line {
  number: number;
  text: string;
}

export async function* readLines(chunks: AsyncIterable<string>): AsyncGenerator<Line> {
  let pieces: string[] = [];
  let number = 0;
  let afterReturn = false;
  for await (let chunk of chunks) {
    if (afterReturn && chunk.startsWith("\n")) chunk = chunk.slice(1);
    if (chunk === "") continue;
    afterReturn = chunk.endsWith("\r");
    const parts = chunk.split(/\r\n|\n|\r/);
    for (const [at, part] of parts.entries()) {
      pieces.push(part);
      if (at === parts.length - 1) break;
      number += 1;
      yield { number, text: pieces.join("") };
      pieces = [];
    }
  }
  const rest = pieces.join("");
  if (rest !== "") yield { number: number + 1, text: rest };
}
