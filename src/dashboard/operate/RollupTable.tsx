/** All rollups of a tenant: what state each is in, and when it was last compared with the records. */
import { useState } from "react";
import { Segments } from "../chrome/Segments.js";
import { formatBytes, formatCount, formatDollars, nothing } from "../format/numbers.js";
import { ProgressBar } from "../widgets/ProgressBar.js";
import type { Build, OperatedHealth, OperatedRollup } from "./functions.js";
import { Panel } from "./Panel.js";
import type { Asked } from "./useAsked.js";
import { leftOf, statusOf, verifiedWords } from "./words.js";

const choices = [
  { id: "all", label: "All" },
  { id: "building", label: "Building" },
  { id: "attention", label: "Attention" },
] as const;
type Choice = (typeof choices)[number]["id"];

const isChosen: Record<Choice, (rollup: OperatedRollup) => boolean> = {
  all: () => true,
  building: ({ status }) => status === "building",
  attention: ({ status, degraded, differed }) => status === "failed" || degraded || differed > 0,
};

export interface RollupTableProps {
  asked: Asked<OperatedHealth>;
  now: number;
  /** Null where the user may not. */
  onRebuild: ((rollup: OperatedRollup) => void) | null;
}

export function RollupTable({ asked, now, onRebuild }: RollupTableProps) {
  const [choice, choose] = useState<Choice>("all");
  const count = asked.status === "ready" ? asked.value.rollups.length : null;
  return (
    <Panel
      title="Rollups"
      size="whole"
      asked={asked}
      note={count === null ? undefined : formatCount(count)}
      actions={
        <Segments label="Rollups to show" options={choices} value={choice} onChange={choose} />
      }
    >
      {(health) => {
        const shown = health.rollups.filter(isChosen[choice]);
        return (
          <>
            <Builds builds={health.backfills} now={now} />
            {shown.length === 0 ? (
              <p className="operate-empty">
                {choice === "all" ? "No rollup is declared." : "None. All of them serve."}
              </p>
            ) : (
              <Table rollups={shown} now={now} onRebuild={onRebuild} />
            )}
          </>
        );
      }}
    </Panel>
  );
}

/** One generation is built after the other: those that have not begun are a number. */
function Builds({ builds, now }: { builds: readonly Build[]; now: number }) {
  const [first, ...others] = builds;
  if (first === undefined) return null;
  const begun = [first, ...others.filter(({ documents }) => documents > 0)];
  const waiting = builds.length - begun.length;
  return (
    <>
      {begun.map((build) => (
        <BuildLine key={`${build.cube} ${build.rollups.join()}`} build={build} now={now} />
      ))}
      {waiting > 0 && <p className="operate-waiting">{formatCount(waiting)} more wait for it.</p>}
    </>
  );
}

function BuildLine({ build, now }: { build: Build; now: number }) {
  const { cube, rollups, documents, progress, documentsPerSecond } = build;
  const what = rollups.length === 1 ? `${cube}.${rollups[0]}` : `${rollups.length} of ${cube}`;
  const rate = `${formatCount(documents)} records, ${formatCount(documentsPerSecond)} a second`;
  const left = leftOf(build, now);
  return (
    <div className="operate-build">
      <ProgressBar label={`Building ${what}`} value={progress} />
      <p className="operate-detail">{left === null ? rate : `${rate}, ${left}`}</p>
    </div>
  );
}

type TableProps = Pick<RollupTableProps, "now" | "onRebuild"> & {
  rollups: readonly OperatedRollup[];
};

function Table({ rollups, now, onRebuild }: TableProps) {
  return (
    <div className="operate-scroll" tabIndex={0} role="region" aria-label="Rollups, as a table">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Rollup</th>
            <th scope="col">Status</th>
            <th scope="col">Verified</th>
            <th scope="col" className="number">
              Stored
            </th>
            <th scope="col" className="number">
              A month
            </th>
            <th scope="col" className="number">
              Found wrong
            </th>
            {onRebuild && (
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rollups.map((rollup) => (
            <Row key={nameOf(rollup)} rollup={rollup} now={now} onRebuild={onRebuild} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  rollup,
  now,
  onRebuild,
}: { rollup: OperatedRollup } & Pick<RollupTableProps, "now" | "onRebuild">) {
  const { status, failure, differed, storedBytes } = rollup;
  const { storage, upkeep } = rollup.cost;
  const { text, tone } = statusOf(rollup);
  const mayRebuild = status === "ready" || status === "failed";
  return (
    <tr>
      <th scope="row" className="code">
        {nameOf(rollup)}
      </th>
      <td>
        <span className={`pill pill-${tone}`}>{text}</span>
        {failure && <span className="operate-failure">{failure.message}</span>}
      </td>
      <td>{verifiedWords(rollup, now)}</td>
      <td className="number">{storedBytes ? formatBytes(storedBytes) : nothing}</td>
      <td className="number">
        {upkeep === null ? nothing : formatDollars((storage ?? 0) + upkeep)}
      </td>
      <td className="number">{differed === 0 ? "" : formatCount(differed)}</td>
      {onRebuild && (
        <td className="number">
          {mayRebuild && (
            <button
              type="button"
              className="button button-small"
              aria-label={`Rebuild ${nameOf(rollup)}`}
              onClick={() => onRebuild(rollup)}
            >
              Rebuild
            </button>
          )}
        </td>
      )}
    </tr>
  );
}

function nameOf({ cube, rollup, generation }: OperatedRollup): string {
  return `${cube}.${rollup}@${generation}`;
}
