/** What the widgets of a view share, from the address and the tenant. */
import { useMemo } from "react";
import type { Tenant } from "../../react/index.js";
import { yearUpTo, type Day } from "../model/calendar.js";
import { excludeFilter, flipFilter, removeFilter, toggleFilter } from "../model/filters.js";
import { granularityFor } from "../model/granularities.js";
import { groupOf } from "../model/measureGroups.js";
import { measureInfo } from "../model/members.js";
import { resolvePeriod } from "../model/period.js";
import type { UrlState } from "../model/urlState.js";
import type { Anchor } from "../model/useAnchor.js";
import type { UpdateUrlState } from "../model/useUrlState.js";
import type { View } from "../widgets/ViewContext.js";

/** What is looked at, and how that is changed. */
export interface Shown {
  tenant: Tenant;
  url: UrlState;
  updateUrl: UpdateUrlState;
  anchor: Anchor;
  anchorDay: Day;
}

/** The same object until something of it changes. */
export function useViewState({ tenant, url, updateUrl, anchor, anchorDay }: Shown): View {
  const { cube, filters, split, tables } = url;
  const { today, hour, isEmpty } = anchor;
  const { timezone } = tenant;
  const period = useMemo(
    () => resolvePeriod(url.period, anchorDay, { comparison: url.comparison, today }),
    [url.period, url.comparison, anchorDay, today],
  );
  const group = groupOf(cube, url.measure);
  const member = url.measure !== null && group.includes(url.measure) ? url.measure : group[0];

  return useMemo<View>(
    () => ({
      scope: { cube, span: period.span, upTo: today, filters },
      period,
      comparison: url.comparison,
      granularity: granularityFor(url.granularity, period.span),
      measure: measureInfo(member ?? ""),
      today,
      hour,
      year: yearUpTo(anchorDay),
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
      split,
      setSplit: (dimension) => updateUrl({ split: dimension }),
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
      split,
      tables,
      period,
      today,
      hour,
      anchorDay,
      timezone,
      isEmpty,
      url.comparison,
      url.granularity,
      member,
      updateUrl,
    ],
  );
}
