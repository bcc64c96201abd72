/** The stdio transport: a line is a message. */
import { StringDecoder } from "node:string_decoder";

/** Characters of a message: above what a question may have. */
const LINE_MAX = 400_000;

/** Lines of a stream; null for one that is too long. */
export async function* linesOf(
  stream: AsyncIterable<Buffer | string>,
): AsyncGenerator<string | null> {
  const decoder = new StringDecoder("utf8");
  let open = "";
  let isTooLong = false;
  for await (const chunk of stream) {
    const [first = "", ...others] = (
      typeof chunk === "string" ? chunk : decoder.write(chunk)
    ).split("\n");
    open += first;
    for (const next of others) {
      yield isTooLong || open.length > LINE_MAX ? null : open;
      open = next;
      isTooLong = false;
    }
    if (open.length <= LINE_MAX) continue;
    isTooLong = true;
    open = "";
  }
  if (isTooLong || open.length > LINE_MAX) yield null;
  else if (open.trim() !== "") yield open;
}
