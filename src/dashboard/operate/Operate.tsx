/** The operator's screen: how a tenant's rollups are, how far it has moved to them, and what can be done. */
import { useMutation } from "convex/react";
import { useEffect, useState } from "react";
import type { Tenant } from "../../react/index.js";
import { cubeNames } from "../model/views.js";
import "../theme/operate.css";
import { AlertsPanel } from "./AlertsPanel.js";
import { AdvisorCard } from "./AdvisorCard.js";
import { Confirm, type ConfirmProps } from "./Confirm.js";
import { DifferencesCard } from "./DifferencesCard.js";
import { Figures } from "./Figures.js";
import { operate, type Move, type OperatedRollup } from "./functions.js";
import { Panel } from "./Panel.js";
import { RollupTable } from "./RollupTable.js";
import { RolloutCard } from "./RolloutCard.js";
import { useAsked } from "./useAsked.js";
import { useCommand } from "./useCommand.js";
import { stageWords } from "./words.js";

/** Ages are told in seconds and minutes. */
const tickMs = 5000;

export function Operate({ tenant }: { tenant: Tenant }) {
  const { tenantId, timezone, role } = tenant;
  const isAdmin = role === "admin";
  const now = useNow();
  const health = useAsked(operate.health, tenantId);
  const flag = useAsked(operate.flag, tenantId);
  const command = useCommand();
  const [question, ask] = useState<Omit<ConfirmProps, "onClose"> | null>(null);
  const [verify, replay, rebuild, move] = [
    useMutation(operate.verify),
    useMutation(operate.replay),
    useMutation(operate.rebuild),
    useMutation(operate.move),
  ];
  const onRebuild = ({ cube, rollup }: OperatedRollup) =>
    ask({
      title: `Rebuild ${cube}.${rollup}?`,
      text: "All records of the cube are read again. What serves now goes on until the new tiles are complete.",
      action: "Rebuild",
      onConfirm: () =>
        command.run(
          () => rebuild({ tenantId, cube, rollup }),
          `${cube}.${rollup} is being built again.`,
        ),
    });
  const onMove = (to: Move) => {
    const what = to.cube ?? "The tenant";
    const where =
      to.stage === "follow" ? "as the tenant" : stageWords[to.stage].label.toLowerCase();
    command.run(
      () => move({ tenantId, ...to }),
      to.stage === "percent" ? `${what} is at ${to.percent}%.` : `${what} is ${where}.`,
    );
  };
  return (
    <main id="main" tabIndex={-1} className="main operate" aria-label="Operate">
      <div className="toolbar">
        <h2 className="operate-title">Rollups of {tenant.name}</h2>
        <span className="toolbar-span">{timezone.replaceAll("_", " ")}</span>
        <p
          className={command.said?.isFailure ? "operate-said operate-bad" : "operate-said"}
          role="status"
        >
          {command.said?.text}
        </p>
        {isAdmin && (
          <button
            type="button"
            className="button toolbar-end"
            disabled={command.isRunning}
            onClick={() =>
              command.run(() => verify({ tenantId }), "All tiles are compared with the records.")
            }
          >
            Verify now
          </button>
        )}
      </div>
      <div className="grid">
        <Panel title="Upkeep" size="whole" asked={health}>
          {(value) => (
            <>
              {value.alerts && <AlertsPanel alerts={value.alerts} now={now} />}
              <Figures
                health={value}
                timezone={timezone}
                now={now}
                onReplay={
                  isAdmin
                    ? () =>
                        command.run(
                          () => replay({ tenantId }),
                          "What was set aside is applied again.",
                        )
                    : null
                }
              />
            </>
          )}
        </Panel>
        <RollupTable asked={health} now={now} onRebuild={isAdmin ? onRebuild : null} />
        {isAdmin && <AdvisorCard key={tenantId} tenantId={tenantId} />}
        <RolloutCard asked={flag} cubes={cubeNames} now={now} onMove={isAdmin ? onMove : null} />
        {isAdmin && (
          <Differences
            tenantId={tenantId}
            timezone={timezone}
            now={now}
            command={command}
            ask={ask}
          />
        )}
      </div>
      {question && <Confirm {...question} onClose={() => ask(null)} />}
    </main>
  );
}

interface DifferencesProps {
  tenantId: string;
  timezone: string;
  now: number;
  command: ReturnType<typeof useCommand>;
  ask: (question: Omit<ConfirmProps, "onClose">) => void;
}

function Differences({ tenantId, timezone, now, command, ask }: DifferencesProps) {
  const review = useAsked(operate.differences, tenantId);
  const clear = useMutation(operate.clear);
  const onConfirm = () => command.run(() => clear({ tenantId }), "Comparisons are cleared.");
  return (
    <DifferencesCard
      asked={review}
      timezone={timezone}
      now={now}
      onClear={() =>
        ask({
          title: "Clear what was compared?",
          text: "Counts and differences of this tenant are deleted. The rollout stays as it is.",
          action: "Clear",
          onConfirm,
        })
      }
    />
  );
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return now;
}
