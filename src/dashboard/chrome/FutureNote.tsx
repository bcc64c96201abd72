/** Records dated after today: they are in no preset, so they are told, and can be shown. */
import { formatCount } from "../format/numbers.js";
import { formatDay } from "../format/times.js";
import type { Day } from "../model/calendar.js";
import type { Future } from "../model/useAnchor.js";

export interface FutureNoteProps {
  future: Future | null;
  onShow: (from: Day, to: Day) => void;
}

export function FutureNote({ future, onShow }: FutureNoteProps) {
  if (future === null) return null;
  const { count, from, newestDay } = future;
  const isOne = count === 1;
  return (
    <button
      type="button"
      className="button button-quiet button-note"
      onClick={() => onShow(from, newestDay)}
    >
      {formatCount(count)} {isOne ? "record" : "records"} dated in the future
      {isOne ? ", on " : ", up to "}
      {formatDay(newestDay)}: show {isOne ? "it" : "them"}
    </button>
  );
}
