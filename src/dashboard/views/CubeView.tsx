/** One cube of one tenant: the toolbar, the headline figures, the trend and the cube's own widgets. */
import { memo, useMemo, useState } from "react";
import type { Tenant } from "../../react/index.js";
import type { Prefetch } from "../../react/prefetch/index.js";
import { BuildBanner } from "../chrome/BuildBanner.js";
import { ComparisonPicker } from "../chrome/ComparisonPicker.js";
import { ConnectionBanner } from "../chrome/ConnectionBanner.js";
import { FilterChips } from "../chrome/FilterChips.js";
import { FutureNote } from "../chrome/FutureNote.js";
import { PauseIcon, PlayIcon } from "../chrome/icons.js";
import { PeriodPicker } from "../chrome/PeriodPicker.js";
import { StatusBar } from "../chrome/StatusBar.js";
import { formatDay, formatSpan } from "../format/times.js";
import type { Day } from "../model/calendar.js";
import { measureGroups, groupOf } from "../model/measureGroups.js";
import { measureInfo } from "../model/members.js";
import { excludeFilter, flipFilter, removeFilter, toggleFilter } from "../model/filters.js";
import { granularityFor } from "../model/granularities.js";
import { resolvePeriod } from "../model/period.js";
import type { UrlState } from "../model/urlState.js";
import type { Anchor } from "../model/useAnchor.js";
import type { UpdateUrlState } from "../model/useUrlState.js";
import { useConnection } from "../session/useConnection.js";
import { PauseContext } from "../session/usePause.js";
import { KpiGroup } from "../widgets/KpiGroup.js";
import { Offers } from "../widgets/Offers.js";
import { PendingContext, PendingWatch } from "../widgets/pending.js";
import { RecordButton } from "../widgets/RecordButton.js";
import { Ticker } from "../widgets/Ticker.js";
import { TrendCard } from "../widgets/TrendCard.js";
import { ViewContext, type View } from "../widgets/ViewContext.js";
import { FirstRun } from "./FirstRun.js";
import { Widgets } from "./Widgets.js";

export interface CubeViewProps {
  tenant: Tenant;
  url: UrlState;
  updateUrl: UpdateUrlState;
  anchor: Anchor;
  anchorDay: Day;
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
  const { cube, filters, tables } = url;
  const { today, hour, isEmpty } = anchor;
  const { timezone } = tenant;
  const period = useMemo(
    () => resolvePeriod(url.period, anchorDay, { comparison: url.comparison, today }),
    [url.period, url.comparison, anchorDay, today],
  );
  const group = groupOf(cube, url.measure);
  const member = url.measure !== null && group.includes(url.measure) ? url.measure : group[0];

  const view = useMemo<View>(
    () => ({
      scope: { cube, span: period.span, upTo: today, filters },
      period,
      comparison: url.comparison,
      granularity: granularityFor(url.granularity, period.span),
      measure: measureInfo(member ?? ""),
      today,
      hour,
      timezone,
      tenantId: tenant.tenantId,
      hasRecords: !isEmpty,
      setMeasure: (measure) => updateUrl({ measure }),
      setGranularity: (granularity) => updateUrl({ granularity }),
      setSpan: (span) =>
        updateUrl({ period: { kind: "custom", ...span }, granularity: null }, "span"),
      toggleFilter: (dimension, value) =>
        updateUrl({ filters: toggleFilter(filters, dimension, value) }, dimension),
      excludeFilter: (dimension, value) =>
        updateUrl({ filters: excludeFilter(filters, dimension, value) }, dimension),
      flipFilter: (dimension) =>
        updateUrl({ filters: flipFilter(filters, dimension) }, `flip ${dimension}`),
      removeFilter: (dimension) =>
        updateUrl({ filters: removeFilter(filters, dimension) }, `remove ${dimension}`),
      clearFilters: () => updateUrl({ filters: {} }, "clear"),
      tables,
      toggleTable: (card) =>
        updateUrl({
          tables: tables.includes(card) ? tables.filter((id) => id !== card) : [...tables, card],
        }),
    }),
    [
      tenant.tenantId,
      cube,
      filters,
      tables,
      period,
      today,
      hour,
      timezone,
      isEmpty,
      url.comparison,
      url.granularity,
      member,
      updateUrl,
    ],
  );
  const canWrite = tenant.role !== "viewer";
  const [isPaused, setPaused] = useState(false);
  const { lost } = useConnection();
  const [pending] = useState(() => new PendingWatch(() => Date.now()));
  const { scope, granularity, measure } = view;
  const state = { scope, granularity, measure: measure.member, period };

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
              <FirstRun cube={cube} tenantId={tenant.tenantId} canWrite={canWrite} />
            ) : (
              <>
                <div className="kpis">
                  {measureGroups[cube].map(({ members, isCostly }) => (
                    <KpiGroup key={members[0]} measures={members} isCostly={isCostly} />
                  ))}
                </div>
                <Offers tenantId={tenant.tenantId} state={state}>
                  <div className="grid">
                    <TrendCard measures={group} />
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
            measures={measureGroups[cube][0]?.members ?? []}
            pending={pending}
            prefetch={prefetch}
          />
        </PauseContext>
      </PendingContext>
    </ViewContext>
  );
});
