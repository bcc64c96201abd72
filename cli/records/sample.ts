/** What the first records of a file prove about all of them, and what later ones have besides. */
import { fieldNamed, type Mapping } from "./mapping.js";
import type { FieldSet } from "./fields.js";
import { cellsOf, type Cells, type Item, type RecordSource } from "./record.js";
import { provesUnixEpoch } from "./time/epochText.js";
import { refuseCell, type CellRefusal } from "./values/refusal.js";

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

export interface LateMember {
  member: string;
  field: string;
}

/**
 * Finds members that the first objects lack, and that mean a field which nothing feeds. `isFed` says
 * whether a column or a declaration feeds it.
 */
export function lateMembers(
  definition: FieldSet,
  { origin, columns }: Pick<RecordSource, "origin" | "columns">,
  mapping: Mapping,
  isFed: (field: string) => boolean,
): (cells: Cells) => LateMember | undefined {
  const known = new Set(columns);
  return (cells) => {
    if (origin !== "objects") return undefined;
    for (const member of Object.keys(cells)) {
      const field = known.has(member) ? undefined : fieldNamed(definition, member);
      if (field === undefined || isFed(field)) known.add(member);
      else if (!mapping.get(field)?.includes(member)) return { member, field };
    }
    return undefined;
  };
}

/** Why a record is not taken that only its file shows: its text was damaged where it was decoded, or a member comes late. */
export function refusalInFile(raw: string, late: LateMember | undefined): CellRefusal | undefined {
  if (raw.includes("\ufffd"))
    return refuseCell("BadEncoding", "not valid text in this encoding; try --encoding latin1");
  if (late === undefined) return undefined;
  const { member, field } = late;
  return refuseCell("LateColumn", `"${member}" comes late; say --map ${field}=${member}`);
}
