/** Records dated after today: they are in no preset, so they are told, and can be shown. */
import { formatCount } from "../format/numbers";
import { formatDay } from "../format/times";
import { addDays, type Day } from "../model/calendar";
import type { Future } from "../model/useAnchor";

export interface FutureNoteProps {
  future: Future | null;
  today: Day;
  onShow: (from: Day, to: Day) => void;
}

export function FutureNote({ future, today, onShow }: FutureNoteProps) {
  if (future === null) return null;
  const { count, newestDay } = future;
  const isOne = count === 1;
  return (
    <button
      type="button"
      className="button button-quiet"
      title={isOne ? "Show it" : "Show them"}
      onClick={() => onShow(addDays(today, 1), newestDay)}
    >
      {formatCount(count)} {isOne ? "record" : "records"} dated in the future
      {isOne ? ", on " : ", up to "}
      {formatDay(newestDay)}
    </button>
  );
}
