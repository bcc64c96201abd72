/** A viewing history as records under the names of a watch row's fields. */
import type { Cells, Item } from "../../records/record.js";
import { activityReader } from "./activity.js";

/** The columns that entries are read into. */
export const historyColumns: readonly string[] = [
  "videoId",
  "title",
  "channel",
  "category",
  "watchedAt",
];

/** `sample`: the first records, which show the history's language. */
export async function* readHistory(
  items: AsyncIterable<Item>,
  sample: readonly Item[],
  watched: string | undefined,
): AsyncGenerator<Item> {
  const entries = sample.flatMap((item): Cells[] => (item.kind === "record" ? [item.cells] : []));
  const read = activityReader(entries, watched);
  for await (const item of items) {
    if (item.kind === "bad") {
      yield item;
      continue;
    }
    const { position, raw } = item;
    const result = read(item.cells);
    yield result.ok
      ? { kind: "record", position, cells: result.cells, raw }
      : { kind: "bad", position, code: result.code, message: result.message, raw };
  }
}
