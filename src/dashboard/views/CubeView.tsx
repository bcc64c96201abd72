/** One cube of one tenant: the toolbar, the headline figures, the trend and the cube's own widgets. */
import { useMemo } from "react";
import type { Tenant } from "../../hooks";
import { BuildBanner } from "../chrome/BuildBanner";
import { FilterChips } from "../chrome/FilterChips";
import { PeriodPicker } from "../chrome/PeriodPicker";
import { StatusBar } from "../chrome/StatusBar";
import { formatDay, formatSpan } from "../format/times";
import type { Day } from "../model/calendar";
import { measureInfo } from "../model/members";
import { fittingGranularity, resolvePeriod } from "../model/period";
import { toggleFilter, type UrlState } from "../model/urlState";
import type { Anchor } from "../model/useAnchor";
import type { UpdateUrlState } from "../model/useUrlState";
import { KpiGroup } from "../widgets/KpiGroup";
import { RecordButton } from "../widgets/RecordButton";
import { Ticker } from "../widgets/Ticker";
import { TrendCard } from "../widgets/TrendCard";
import { ViewContext, type View } from "../widgets/ViewContext";
import { InventoryWidgets } from "./InventoryWidgets";
import { costlyMeasures, groupOf, measureGroups } from "./measureGroups";
import { WatchWidgets } from "./WatchWidgets";

export interface CubeViewProps {
  tenant: Tenant;
  url: UrlState;
  updateUrl: UpdateUrlState;
  anchor: Anchor;
  anchorDay: Day;
}

export function CubeView({ tenant, url, updateUrl, anchor, anchorDay }: CubeViewProps) {
  const { cube, filters } = url;
  const period = useMemo(() => resolvePeriod(url.period, anchorDay), [url.period, anchorDay]);
  const group = groupOf(cube, url.measure);
  const member = url.measure !== null && group.includes(url.measure) ? url.measure : group[0];

  const view = useMemo<View>(
    () => ({
      scope: { cube, span: period.span, filters },
      period,
      granularity: url.granularity ?? fittingGranularity(period.span),
      measure: measureInfo(member ?? ""),
      setMeasure: (measure) => updateUrl({ measure }),
      setGranularity: (granularity) => updateUrl({ granularity }),
      toggleFilter: (dimension, value) =>
        updateUrl({ filters: toggleFilter(filters, dimension, value) }),
      clearFilters: () => updateUrl({ filters: {} }),
    }),
    [cube, filters, period, url.granularity, member, updateUrl],
  );
  const canWrite = tenant.role !== "viewer";

  return (
    <ViewContext value={view}>
      <main className="main">
        <div className="toolbar">
          <PeriodPicker
            choice={url.period}
            period={period}
            anchor={anchorDay}
            onChange={(choice) => updateUrl({ period: choice, granularity: null })}
          />
          <span className="toolbar-span">{period.span ? formatSpan(period.span) : ""}</span>
          {anchor.newerDay && (
            <button type="button" className="button button-quiet" onClick={anchor.moveToNewer}>
              Newer records up to {formatDay(anchor.newerDay)}: show them
            </button>
          )}
          <FilterChips
            cube={cube}
            filters={filters}
            onRemove={view.toggleFilter}
            onClear={view.clearFilters}
          />
          {canWrite && (
            <div className="toolbar-end">
              <RecordButton tenant={tenant} day={anchorDay} />
            </div>
          )}
        </div>
        <BuildBanner />
        <div className="kpis">
          {measureGroups[cube].map((measures) => (
            <KpiGroup
              key={measures[0]}
              measures={measures}
              isCostly={measures.some((member) => costlyMeasures.has(member))}
            />
          ))}
        </div>
        <div className="grid">
          <TrendCard measures={group} />
          <Ticker tenantId={tenant.tenantId} />
          {cube === "watch" ? <WatchWidgets /> : <InventoryWidgets />}
        </div>
      </main>
      <StatusBar timezone={tenant.timezone} role={tenant.role} measures={measureGroups[cube][0]} />
    </ViewContext>
  );
}
