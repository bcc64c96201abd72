/** What the first records of a file prove about all of them, before the first one is sent. */
import { Failure } from "../failure.js";
import { plainName } from "./fields.js";
import type { Mapping } from "./mapping.js";
import type { MoveOptions } from "./moves.js";
import { cellOf, type Cell, type Item } from "./record.js";
import { provesUnixEpoch } from "./time/epochText.js";
import { hasSign } from "./values/numberText.js";

const leaving = /^(?:from|source|origin)(?:place|location|warehouse|site|store|depot)?$/;
const reaching = /^(?:to|destination|dest|target)(?:place|location|warehouse|site|store|depot)?$/;
/** What columns hold that say the direction of each row, lower-cased. */
const directions = new Set(
  (
    "in out + - i o inbound outbound incoming outgoing receipt receive received issue issued shipment shipped " +
    "purchase sale sold return debit credit dr cr add remove zugang abgang eingang ausgang entrada salida saida " +
    "saída entrée sortie entrata uscita"
  ).split(" "),
);

/** Whether numbers in these columns can only count from 1970. */
export function provesUnixTimes(
  sample: readonly Item[],
  columns: readonly string[] | undefined,
  now: number,
): boolean {
  const [column, ...others] = columns ?? [];
  if (column === undefined || others.length > 0) return false;
  return cellsOf(sample, column).some((cell) => provesUnixEpoch(String(cell).trim(), now));
}

/**
 * Refuses as `UnsignedMoves` a file whose quantities have no sign although other columns, that nothing
 * uses, say which way each one goes.
 */
export function mustHaveDirection(
  sample: readonly Item[],
  columns: readonly string[],
  mapping: Mapping,
  moves: MoveOptions,
): void {
  const [quantity] = mapping.get("quantity") ?? [];
  const declared = moves.sign ?? moves.in ?? moves.out ?? moves.from ?? moves.to;
  if (quantity === undefined || declared !== undefined) return;
  const used = new Set([...mapping.values()].flat());
  const unused = columns.filter((name) => !used.has(name));
  const [from, to] = [leaving, reaching].map((pattern) => {
    return columns.find((name) => pattern.test(plainName(name)));
  });
  const way = unused.find((name) => saysDirection(cellsOf(sample, name)));
  const places = from !== undefined && to !== undefined;
  if (!places && way === undefined) return;
  if (cellsOf(sample, quantity).some(isSigned)) return;
  throw new Failure(
    "UnsignedMoves",
    `"${quantity}" has no signs, and ${places ? `"${from}" and "${to}"` : `"${way}"`} may say the direction.`,
    places
      ? `Say --from "${from}" --to "${to}" (and --outside PLACE for suppliers and customers), or --sign as-written.`
      : `Say --map kind="${way}" --kinds WORD=receipt,WORD=shipment --sign by-kind, or --sign as-written.`,
  );
}

function cellsOf(sample: readonly Item[], column: string): Cell[] {
  return sample.flatMap((item) => {
    const cell = item.kind === "record" ? cellOf(item.cells, column) : undefined;
    return cell === undefined || cell === null ? [] : [cell];
  });
}

function isSigned(cell: Cell): boolean {
  return typeof cell === "number" ? cell < 0 : hasSign(String(cell));
}

function saysDirection(cells: readonly Cell[]): boolean {
  const said = cells.map((cell) => String(cell).trim().toLowerCase()).filter((text) => text !== "");
  return said.length > 0 && said.every((text) => directions.has(text));
}
