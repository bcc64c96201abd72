/** One cube of one tenant: the toolbar, the headline figures, the trend and the cube's own widgets. */
import { lazy, memo, Suspense, useState } from "react";
import type { Prefetch } from "../../react/prefetch/index.js";
import { BuildBanner } from "../chrome/BuildBanner.js";
import { ComparisonPicker } from "../chrome/ComparisonPicker.js";
import { ConnectionBanner } from "../chrome/ConnectionBanner.js";
import { FilterChips } from "../chrome/FilterChips.js";
import { PauseIcon, PlayIcon } from "../chrome/icons.js";
import { OtherRecords } from "../chrome/OtherRecords.js";
import { PeriodPicker } from "../chrome/PeriodPicker.js";
import { StatusBar } from "../chrome/StatusBar.js";
import { formatSpan } from "../format/times.js";
import { toggleFilter } from "../model/filters.js";
import { groupOf, measureGroups } from "../model/measureGroups.js";
import { ViewsMenu } from "../saved/ViewsMenu.js";
import { totalsQuestion } from "../model/questions.js";
import { useConnection } from "../session/useConnection.js";
import { PauseContext } from "../session/usePause.js";
import { KpiGroup } from "../widgets/KpiGroup.js";
import { Offers } from "../widgets/Offers.js";
import { PendingContext, PendingWatch } from "../widgets/pending.js";
import { RecordButton } from "../widgets/RecordButton.js";
import { Ticker } from "../widgets/Ticker.js";
import { TrendCard } from "../widgets/TrendCard.js";
import { ViewContext } from "../widgets/ViewContext.js";
import { useViewState, type Shown } from "./useViewState.js";
import { Widgets } from "./Widgets.js";

/** For tenants without any record. */
const FirstRun = lazy(async () => ({ default: (await import("./FirstRun.js")).FirstRun }));

export interface CubeViewProps extends Shown {
  prefetch: Prefetch | undefined;
}

/** Not rendered by what only tells the anchor: each write moves that. */
export const CubeView = memo(function CubeView({
  tenant,
  url,
  updateUrl,
  anchor,
  anchorDay,
  prefetch,
}: CubeViewProps) {
  const { cube } = url;
  const { timezone } = tenant;
  const view = useViewState({ tenant, url, updateUrl, anchor, anchorDay });
  const { scope, granularity, measure, period } = view;
  const { filters } = scope;
  const canWrite = tenant.role !== "viewer";
  const [isPaused, setPaused] = useState(false);
  const { lost } = useConnection();
  const [pending] = useState(() => new PendingWatch(() => Date.now()));
  const state = { scope, granularity, measure: measure.member, period, split: view.split };

  return (
    <ViewContext value={view}>
      <PendingContext value={pending}>
        <PauseContext value={isPaused}>
          <main id="main" tabIndex={-1} className={lost === null ? "main" : "main main-lost"}>
            <div className="toolbar">
              <PeriodPicker
                choice={url.period}
                period={period}
                anchor={anchorDay}
                onChange={(choice) => updateUrl({ period: choice, granularity: null })}
              />
              <span className="toolbar-span">{period.span ? formatSpan(period.span) : ""}</span>
              {period.span && (
                <ComparisonPicker
                  value={url.comparison}
                  onChange={(comparison) => updateUrl({ comparison })}
                />
              )}
              <OtherRecords anchor={anchor} updateUrl={updateUrl} />
              <FilterChips
                cube={cube}
                filters={filters}
                onFlip={view.flipFilter}
                onRemove={(dimension, value) =>
                  updateUrl({ filters: toggleFilter(filters, dimension, value) }, "chips")
                }
                onClear={view.clearFilters}
              />
              <div className="toolbar-end">
                <ViewsMenu tenantId={tenant.tenantId} canWrite={canWrite} />
                <button
                  type="button"
                  className="button"
                  aria-pressed={isPaused}
                  title={isPaused ? "Follow writes again" : "Hold the figures while you read them"}
                  onClick={() => setPaused(!isPaused)}
                >
                  {isPaused ? <PlayIcon /> : <PauseIcon />}
                  Pause
                </button>
                {canWrite && <RecordButton tenant={tenant} day={anchorDay} />}
              </div>
            </div>
            <ConnectionBanner timezone={timezone} />
            <BuildBanner cube={cube} />
            {anchor.isUnused ? (
              <Suspense>
                <FirstRun cube={cube} tenantId={tenant.tenantId} canWrite={canWrite} />
              </Suspense>
            ) : (
              <>
                <div className="kpis">
                  {measureGroups[cube].map(({ members, isCostly }) => (
                    <KpiGroup key={members[0]} measures={members} isCostly={isCostly} />
                  ))}
                </div>
                <Offers tenantId={tenant.tenantId} state={state}>
                  <div className="grid">
                    <TrendCard measures={groupOf(cube, url.measure)} />
                    <Ticker tenantId={tenant.tenantId} />
                    <Widgets cube={cube} />
                  </div>
                </Offers>
              </>
            )}
          </main>
          <StatusBar
            timezone={timezone}
            role={tenant.role}
            question={totalsQuestion(scope, measureGroups[cube][0]?.members ?? [])}
            pending={pending}
            prefetch={prefetch}
          />
        </PauseContext>
      </PendingContext>
    </ViewContext>
  );
});
