/** Records that the presets do not show: newer ones than the day they end at, and those dated in the future. */
import { formatDay } from "../format/times.js";
import type { Anchor } from "../model/useAnchor.js";
import type { UpdateUrlState } from "../model/useUrlState.js";
import { FutureNote } from "./FutureNote.js";

export interface OtherRecordsProps {
  anchor: Anchor;
  updateUrl: UpdateUrlState;
}

export function OtherRecords({ anchor, updateUrl }: OtherRecordsProps) {
  return (
    <>
      {anchor.newerDay && (
        <button type="button" className="button button-quiet" onClick={anchor.moveToNewer}>
          Newer records up to {formatDay(anchor.newerDay)}: show them
        </button>
      )}
      <FutureNote
        future={anchor.future}
        onShow={(from, to) =>
          updateUrl({ period: { kind: "custom", from, to }, granularity: null })
        }
      />
    </>
  );
}
