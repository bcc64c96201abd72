/** How far the tenant and each of its cubes have moved to rollups, and moving them. */
import { useState } from "react";
import type { Rollout, Stage } from "../../react/index.js";
import { Segments } from "../chrome/Segments.js";
import type { Move } from "./functions.js";
import { Panel } from "./Panel.js";
import type { Asked } from "./useAsked.js";
import { rollbackWords, stageWords } from "./words.js";

type StageChoice = Stage | "follow";

const stages = (["off", "shadow", "percent", "on"] as const).map((id) => ({
  id,
  label: stageWords[id].label,
}));
const stagesOfCube = [{ id: "follow", label: "As tenant" }, ...stages] as const;

export interface RolloutCardProps {
  asked: Asked<{ rollout?: Rollout }>;
  cubes: readonly string[];
  now: number;
  /** Null where the user may not. */
  onMove: ((move: Move) => void) | null;
}

export function RolloutCard({ asked, cubes, now, onMove }: RolloutCardProps) {
  return (
    <Panel title="Rollout" size="half" asked={asked}>
      {({ rollout }) =>
        rollout === undefined ? (
          <p className="operate-empty">This app has a flag of its own.</p>
        ) : (
          <>
            <Line
              name="All cubes"
              rollout={rollout}
              value={rollout.stage}
              options={stages}
              now={now}
              onMove={onMove}
            />
            {cubes.map((cube) => {
              const own = rollout.cubes?.[cube]?.rollout;
              return (
                <Line
                  key={cube}
                  name={cube}
                  cube={cube}
                  rollout={own}
                  value={own?.stage ?? "follow"}
                  options={stagesOfCube}
                  now={now}
                  onMove={onMove}
                />
              );
            })}
          </>
        )
      }
    </Panel>
  );
}

interface LineProps {
  name: string;
  cube?: string;
  rollout: Rollout | undefined;
  value: StageChoice;
  options: readonly { id: StageChoice; label: string }[];
  now: number;
  onMove: RolloutCardProps["onMove"];
}

function Line({ name, cube, rollout, value, options, now, onMove }: LineProps) {
  const of = cube === undefined ? {} : { cube };
  const rollback = rollout?.rollback ?? null;
  const percent = rollout?.percent ?? 0;
  return (
    <div className="operate-line">
      <h3 className="operate-name">{name}</h3>
      <Segments
        label={`Stage of ${name}`}
        options={options}
        value={value}
        isDisabled={onMove === null}
        onChange={(stage) =>
          onMove?.(
            stage === "percent" ? { stage, percent: percent || 10, ...of } : { stage, ...of },
          )
        }
      />
      {value === "percent" && (
        <Percent
          key={percent}
          name={name}
          percent={percent}
          onChange={onMove && ((next) => onMove({ stage: "percent", percent: next, ...of }))}
        />
      )}
      <p className={rollback ? "operate-detail operate-bad" : "operate-detail"}>
        {rollback
          ? rollbackWords(rollback, now)
          : value === "follow"
            ? "It follows the tenant."
            : stageWords[value].meaning}
      </p>
    </div>
  );
}

interface PercentProps {
  name: string;
  percent: number;
  onChange: ((percent: number) => void) | null;
}

function Percent({ name, percent, onChange }: PercentProps) {
  const [text, setText] = useState(String(percent));
  const next = Number(text);
  const isValid = text.trim() !== "" && next >= 0 && next <= 100;
  return (
    <form
      className="operate-percent"
      onSubmit={(event) => {
        event.preventDefault();
        if (isValid) onChange?.(next);
      }}
    >
      <label>
        <span className="visually-hidden">Percent of people of {name} who see rollups</span>
        <input
          inputMode="decimal"
          value={text}
          disabled={onChange === null}
          aria-invalid={!isValid}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <span aria-hidden>%</span>
      <button
        type="submit"
        className="button button-small"
        disabled={onChange === null || !isValid || next === percent}
      >
        Set
      </button>
    </form>
  );
}
