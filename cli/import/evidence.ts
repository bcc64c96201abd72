/** What the first records of a file prove about all of them, before the first one is sent. */
import { Failure } from "../failure";
import { plainName } from "./fields";
import type { Mapping } from "./mapping";
import type { MoveOptions } from "./moves";
import { cellOf, type Cell, type Item } from "./record";
import { provesUnixEpoch } from "./time/epochText";
import { hasSign } from "./values/numberText";

const leaving = /^(?:from|source|origin)(?:place|location|warehouse|site|store|depot)?$/;
const reaching = /^(?:to|destination|dest|target)(?:place|location|warehouse|site|store|depot)?$/;
const direction = /^(?:direction|inout|plusminus|sign|flow|drcr|debitcredit)$/;

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
  const names = (pattern: RegExp) => columns.filter((name) => pattern.test(plainName(name)));
  const [from, to] = [names(leaving)[0], names(reaching)[0]];
  const [way] = names(direction).filter((name) => !used.has(name));
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
