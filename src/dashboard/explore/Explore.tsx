/** Any question of a cube: put together, answered, and told where the answer comes from. The address keeps all of it. */
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useAggregate } from "../../react/index.js";
import { ConnectionBanner } from "../chrome/ConnectionBanner.js";
import { OtherRecords } from "../chrome/OtherRecords.js";
import { PeriodPicker } from "../chrome/PeriodPicker.js";
import { Segments } from "../chrome/Segments.js";
import { StatusBar } from "../chrome/StatusBar.js";
import { formatSpan } from "../format/times.js";
import { isOneOf } from "../model/filters.js";
import { cubeNames } from "../model/views.js";
import { ViewsMenu } from "../saved/ViewsMenu.js";
import { useConnection } from "../session/useConnection.js";
import "../theme/explore.css";
import "../theme/exploreAnswer.css";
import type { CubeViewProps } from "../views/CubeView.js";
import { useViewState } from "../views/useViewState.js";
import { PendingContext, PendingWatch } from "../widgets/pending.js";
import { ViewContext } from "../widgets/ViewContext.js";
import { isComplete, parseAsked, printAsked, settled, type Asked } from "./asked.js";
import { Builder } from "./Builder.js";
import { Code } from "./Code.js";
import { questionOf } from "./question.js";
import { Remedies } from "./Refused.js";
import { Result } from "./Result.js";

/** Comes after the answer: it is asked for when that stands still. */
const Route = lazy(async () => ({ default: (await import("../explain/Route.js")).Route }));

const cubes = cubeNames.map((id) => ({ id, label: id === "watch" ? "Watch" : "Inventory" }));

export function Explore({ tenant, url, updateUrl, anchor, anchorDay, prefetch }: CubeViewProps) {
  const { cube, explore } = url;
  const { timezone, tenantId } = tenant;
  const shared = useViewState({ tenant, url, updateUrl, anchor, anchorDay });
  const { span } = shared.period;
  const asked = useMemo(() => parseAsked(explore, cube, span), [explore, cube, span]);
  const subject = useMemo(
    () => ({ cube, asked, timezone, period: { span, upTo: anchor.today } }),
    [cube, asked, timezone, span, anchor.today],
  );
  const question = useMemo(() => questionOf(cube, asked, subject.period), [cube, asked, subject]);
  const answer = useAggregate(question);
  const change = useCallback(
    (part: Partial<Asked>, control: string) =>
      updateUrl(
        { explore: printAsked(settled(cube, { ...asked, ...part })) },
        `explore ${control}`,
      ),
    [asked, cube, updateUrl],
  );
  /** What cards share: here of this screen's own filters. */
  const view = useMemo(() => {
    const filters = asked.filters.filter(isComplete);
    return {
      ...shared,
      scope: {
        ...shared.scope,
        filters: Object.fromEntries(filters.map((one) => [one.dimension, isOneOf(one.values)])),
      },
      removeFilter: (dimension: string) =>
        change(
          { filters: asked.filters.filter((one) => one.dimension !== dimension) },
          `remove ${dimension}`,
        ),
      clearFilters: () => change({ filters: [] }, "clear"),
    };
  }, [shared, asked, change]);
  const [pending] = useState(() => new PendingWatch(() => Date.now()));
  const { lost } = useConnection();
  const onOperate = () => updateUrl({ page: "operate" });
  return (
    <ViewContext value={view}>
      <PendingContext value={pending}>
        <main
          id="main"
          tabIndex={-1}
          className={lost === null ? "main" : "main main-lost"}
          aria-label="Explore"
        >
          <div className="toolbar">
            <Segments
              label="Ask about"
              options={cubes}
              value={cube}
              onChange={(next) => updateUrl({ cube: next, explore: "" })}
            />
            <PeriodPicker
              choice={url.period}
              period={shared.period}
              anchor={anchorDay}
              onChange={(choice) => updateUrl({ period: choice })}
            />
            <span className="toolbar-span">{span ? formatSpan(span) : ""}</span>
            <OtherRecords anchor={anchor} updateUrl={updateUrl} />
            <div className="toolbar-end">
              <ViewsMenu tenantId={tenantId} canWrite={tenant.role !== "viewer"} />
            </div>
          </div>
          <ConnectionBanner timezone={timezone} />
          <div className="explore">
            <Builder
              subject={subject}
              onChange={change}
              onReset={() => updateUrl({ explore: "" }, "explore reset")}
            />
            <Result {...{ subject, answer, onChange: change, onOperate }} />
            <div className="explore-side">
              <Suspense>
                <Route {...{ query: question, answer, tenantId, timezone }}>
                  <Remedies {...{ subject, onChange: change, onOperate }} />
                </Route>
              </Suspense>
              <Code query={question} />
            </div>
          </div>
        </main>
        <StatusBar
          timezone={timezone}
          role={tenant.role}
          question={question}
          pending={pending}
          prefetch={prefetch}
        />
      </PendingContext>
    </ViewContext>
  );
}
