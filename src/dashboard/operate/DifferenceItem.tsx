/** One kind of difference in one form of question: which figure differs, and where to look for why. */
import { formatCount } from "../format/numbers.js";
import { formatAgo } from "../format/times.js";
import { answeredWords, pairsOf, questionText, questionWords, type Pair } from "./difference.js";
import type { Difference } from "./functions.js";
import { kindWords, seenWords } from "./words.js";

export interface DifferenceItemProps {
  difference: Difference;
  timezone: string;
  now: number;
}

export function DifferenceItem({ difference, timezone, now }: DifferenceItemProps) {
  const { cube, question, kind, query, rows, times, firstSeen, lastSeen } = difference;
  const asked = questionWords(difference);
  return (
    <details className="operate-difference">
      <summary>
        <span className="operate-name">{kindWords[kind]}</span>
        <span className="operate-asked">
          {cube}: {asked}
        </span>
        <span className="operate-detail">{seenWords(times, lastSeen, now)}</span>
      </summary>
      <table className="table operate-both" aria-label={`Both rows of ${cube}: ${asked}`}>
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Old way</th>
            <th scope="col">Rollups</th>
          </tr>
        </thead>
        <tbody>
          {pairsOf(difference).map((pair) => (
            <Row key={pair.name} pair={pair} />
          ))}
        </tbody>
      </table>
      {rows > 1 && (
        <p className="operate-detail">The first of {formatCount(rows)} rows of this kind.</p>
      )}
      <p className="operate-detail">{answeredWords(difference, timezone)}</p>
      <p className="operate-detail">
        Question {question}, first seen {formatAgo(firstSeen, now)}
      </p>
      <pre className="code operate-question" tabIndex={0} aria-label={`Question ${question}`}>
        {questionText(query)}
      </pre>
    </details>
  );
}

function Row({ pair: { name, old, new: now, differs } }: { pair: Pair }) {
  return (
    <tr className={differs ? "operate-differs" : undefined}>
      <th scope="row" className="code">
        {name}
      </th>
      <td>{old}</td>
      <td>
        {differs && "≠ "}
        {now}
      </td>
    </tr>
  );
}
