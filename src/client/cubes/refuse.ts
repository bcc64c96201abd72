/** Refusals of a cube as an app writes it: one sentence that names the cube, the place and what to write. */
import { RollupsError } from "../../../lib/errors.js";
import { closest } from "../../../lib/model/memberNames.js";

/** Throws `InvalidDefinition` with `{cube, ...details}`. A module that throws it cannot be pushed. */
export function refuse(
  cube: string,
  problem: string,
  details: Record<string, unknown> = {},
): never {
  const message = `Cube "${cube}": ${problem}`;
  throw new RollupsError("InvalidDefinition", message, { cube, ...details });
}

/** Names the candidate that was probably meant, and all of them where none is close. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const meant = closest(name, candidates);
  if (meant !== null) return ` Did you mean "${meant}"?`;
  return candidates.length === 0 ? "" : ` There are: ${candidates.join(", ")}.`;
}
