/** Why a text is not taken as a timestamp. */
export type TimestampRefusal = {
  ok: false;
  code: "AmbiguousDate" | "ImpossibleDate" | "UnknownFormat";
  message: string;
};

export function refuse(code: TimestampRefusal["code"], message: string): TimestampRefusal {
  return { ok: false, code, message };
}
