/** What the first records of a file prove about all of them, before the first one is sent. */
import { Failure } from "../failure.js";
import { plainName } from "../records/fields.js";
import type { Mapping } from "../records/mapping.js";
import type { MoveOptions } from "./moves.js";
import { cellsOf, type Cell, type Item } from "../records/record.js";
import { hasSign } from "../records/values/numberText.js";

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

function isSigned(cell: Cell): boolean {
  return typeof cell === "number" ? cell < 0 : hasSign(String(cell));
}

function saysDirection(cells: readonly Cell[]): boolean {
  const said = cells.map((cell) => String(cell).trim().toLowerCase()).filter((text) => text !== "");
  return said.length > 0 && said.every((text) => directions.has(text));
}
