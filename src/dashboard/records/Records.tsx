/** The records behind the figures: those of the period and the filters, listed, found, changed and removed. */
import { useMemo, useState } from "react";
import { useAggregate } from "../../react/index.js";
import { ConnectionBanner } from "../chrome/ConnectionBanner.js";
import { FilterChips } from "../chrome/FilterChips.js";
import { PeriodPicker } from "../chrome/PeriodPicker.js";
import { Segments } from "../chrome/Segments.js";
import { StatusBar } from "../chrome/StatusBar.js";
import { failureWords } from "../format/failures.js";
import { formatCount, formatMeasure } from "../format/numbers.js";
import { formatSpan } from "../format/times.js";
import { measureGroups } from "../model/measureGroups.js";
import { measureInfo } from "../model/members.js";
import { totalsQuestion } from "../model/questions.js";
import { cubeNames } from "../model/views.js";
import { useConnection } from "../session/useConnection.js";
import "../theme/records.css";
import type { CubeViewProps } from "../views/CubeView.js";
import { useViewState } from "../views/useViewState.js";
import { PendingContext, PendingWatch } from "../widgets/pending.js";
import { numberOf } from "../widgets/points.js";
import { ViewContext } from "../widgets/ViewContext.js";
import { Boundary } from "./Boundary.js";
import { listingOf } from "./listing.js";
import { RecordsList } from "./RecordsList.js";

const cubes = cubeNames.map((id) => ({ id, label: id === "watch" ? "Watch" : "Inventory" }));

const none: readonly string[] = [];

export function Records({ tenant, url, updateUrl, anchor, anchorDay, prefetch }: CubeViewProps) {
  const { cube, filters } = url;
  const { timezone, tenantId } = tenant;
  const view = useViewState({ tenant, url, updateUrl, anchor, anchorDay });
  const { scope, period } = view;
  const { span } = period;
  const measures = measureGroups[cube][0]?.members ?? none;
  const question = useMemo(() => totalsQuestion(scope, measures), [scope, measures]);
  const listing = useMemo(
    () => ({ tenantId, ...listingOf(question, cube, timezone) }),
    [tenantId, question, cube, timezone],
  );
  const [pending] = useState(() => new PendingWatch(() => Date.now()));
  const { lost } = useConnection();
  const answer = useAggregate(question);
  const row = answer.data?.[0];
  const count = row === undefined ? null : numberOf(row, `${cube}.count`);
  return (
    <ViewContext value={view}>
      <PendingContext value={pending}>
        <main
          id="main"
          tabIndex={-1}
          className={lost === null ? "main" : "main main-lost"}
          aria-label="Records"
        >
          <div className="toolbar">
            <Segments
              label="Records of"
              options={cubes}
              value={cube}
              onChange={(next) => updateUrl({ cube: next, filters: {}, measure: null })}
            />
            <PeriodPicker
              choice={url.period}
              period={period}
              anchor={anchorDay}
              onChange={(choice) => updateUrl({ period: choice, granularity: null })}
            />
            <span className="toolbar-span">{span ? formatSpan(span) : ""}</span>
            <FilterChips
              cube={cube}
              filters={filters}
              onFlip={view.flipFilter}
              onRemove={view.toggleFilter}
              onClear={view.clearFilters}
            />
          </div>
          <ConnectionBanner timezone={timezone} />
          <section className="card records" aria-label="Records" data-served-by={answer.servedBy}>
            <header className="card-header records-header">
              <h2>
                {count === null ? "Records" : `${formatCount(count)} records`}
                {answer.isPlaceholderData && <span className="visually-hidden"> of before</span>}
              </h2>
              <p className="card-note">
                {answer.error
                  ? failureWords(answer.error).title
                  : measures.slice(1).map((member) => {
                      const { title, format } = measureInfo(member);
                      const value = row === undefined ? null : numberOf(row, member);
                      return (
                        <span key={member} data-measure={member} className="records-figure">
                          {title} {formatMeasure(value, format, "full")}
                        </span>
                      );
                    })}
              </p>
            </header>
            <Boundary key={cube} of={JSON.stringify(listing)}>
              <RecordsList
                listing={listing}
                timezone={timezone}
                count={answer.isPlaceholderData ? null : count}
                canWrite={tenant.role !== "viewer"}
                isUnused={anchor.isUnused}
                onOlder={(to) =>
                  updateUrl({
                    period: {
                      kind: "custom",
                      from: span !== null && span.from < to ? span.from : to,
                      to,
                    },
                    granularity: null,
                  })
                }
              />
            </Boundary>
          </section>
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
