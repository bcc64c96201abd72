/** Rollups that were looked at for a question, each with what it would cost, or why it does not answer. */
import { formatBytes, formatDollars } from "../format/numbers.js";
import { memberTitle } from "../model/members.js";
import { refusalWords, type Considered } from "./explanation.js";

export type RollupsProps = { list: readonly Considered[]; chosen: string | null };

export function Rollups({ list, chosen }: RollupsProps) {
  return (
    <ul className="drawer-rollups">
      {list.map(({ rollup, generation, refusal, price }) => {
        const name = `${rollup}@${generation}`;
        return (
          <li key={name}>
            <span className="code">{name}</span>
            {name === chosen && <span className="drawer-chosen">chosen</span>}
            <span className="drawer-why">
              {refusal
                ? refusalWords(refusal, memberTitle)
                : price &&
                  `about ${formatBytes(price.bytes)}, ${formatDollars(price.perThousand)} per thousand answers`}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
