/** A cell that is not taken: a stable code for scripts, and a sentence with the cell's own text. */
export interface CellRefusal {
  ok: false;
  code: string;
  message: string;
}

export function refuseCell(code: string, message: string): CellRefusal {
  return { ok: false, code, message };
}
