/**
 * Records of our own tables as `npx convex export` writes them. They name themselves: each carries the
 * document's id, its creation time and its tenant beside the fields of a row. Only here is a member
 * `key` the record's idempotency key.
 */
import { cellOf, type Cells, type Item } from "../records/record.js";

const SYSTEM_MEMBERS: readonly string[] = ["_id", "_creationTime", "tenantId"];

export function isOwnExport(cells: Cells): boolean {
  return (
    typeof cellOf(cells, "_id") === "string" &&
    typeof cellOf(cells, "_creationTime") === "number" &&
    typeof cellOf(cells, "tenantId") === "string"
  );
}

/** The records of one tenant; those of others are refused, because they are not its data. */
export async function* readOwnExport(
  items: AsyncIterable<Item>,
  tenantId: string,
): AsyncGenerator<Item> {
  for await (const item of items) {
    if (item.kind === "bad") {
      yield item;
      continue;
    }
    const { position, raw } = item;
    const owner = String(cellOf(item.cells, "tenantId"));
    if (owner !== tenantId) {
      const message = `the record is of tenant "${owner}": import it with --tenant ${owner}`;
      yield { kind: "bad", position, code: "OtherTenant", message, raw };
      continue;
    }
    const members = Object.entries(item.cells).filter(([name]) => !SYSTEM_MEMBERS.includes(name));
    yield { ...item, cells: Object.fromEntries(members) };
  }
}
