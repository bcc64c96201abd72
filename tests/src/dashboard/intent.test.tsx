// @vitest-environment happy-dom
/** What a bar of the dashboard asks ahead is what the view asks after a click on it, letter by letter. */
import { act, cleanup, fireEvent, render } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { rollupsApi } from "../../../src/dashboard/api.js";
import { measureGroups } from "../../../src/dashboard/model/measureGroups.js";
import { measureInfo } from "../../../src/dashboard/model/members.js";
import { resolvePeriod } from "../../../src/dashboard/model/period.js";
import { isOneOf, toggleFilter, type Filters } from "../../../src/dashboard/model/filters.js";
import { Widgets } from "../../../src/dashboard/views/Widgets.js";
import { KpiGroup } from "../../../src/dashboard/widgets/KpiGroup.js";
import { PendingContext, PendingWatch } from "../../../src/dashboard/widgets/pending.js";
import { TrendCard } from "../../../src/dashboard/widgets/TrendCard.js";
import { ViewContext, type View } from "../../../src/dashboard/widgets/ViewContext.js";
import { RollupsProvider, type AggregateQuery } from "../../../src/react/index.js";
import { Prefetch } from "../../../src/react/prefetch/index.js";
import { ScriptedClient } from "../support/scriptedClient.js";
import { rows } from "../support/views.js";

afterEach(cleanup);

const pause = (ms: number) =>
  act(async () => void (await new Promise((done) => setTimeout(done, ms))));

const nothing = () => {};

function viewOf(filters: Filters, toggle: View["toggleFilter"]): View {
  const period = resolvePeriod({ kind: "preset", preset: "30d" }, "2026-03-31");
  return {
    ...{ scope: { cube: "watch", span: period.span, upTo: "2026-03-31", filters }, period },
    ...{ granularity: "day", measure: measureInfo("watch.count"), hasRecords: true },
    ...{ setMeasure: nothing, setGranularity: nothing, toggleFilter: toggle },
    ...{ comparison: "previous", today: "2026-04-01", timezone: "UTC", tenantId: "acme" },
    ...{
      removeFilter: nothing,
      clearFilters: nothing,
      excludeFilter: nothing,
      flipFilter: nothing,
    },
    ...{ hour: "2026-04-01T12", setSpan: nothing, tables: [], toggleTable: nothing },
    ...{ split: null, setSplit: nothing, year: { from: "2025-04-07", to: "2026-03-31" } },
  };
}

test("a bar that is dwelt on asks ahead what a click on it asks", async () => {
  const client = new ScriptedClient();
  const asked: string[] = [];
  client.respond((name, args) => {
    if (name !== "aggregates:board") return undefined;
    const { questions } = args as { questions: { query: AggregateQuery }[] };
    return {
      answers: questions.map(({ query }) => {
        asked.push(JSON.stringify(query));
        return { answer: rows([{ [query.dimensions?.[0] ?? "watch.count"]: "Music" }]) };
      }),
    };
  });
  const prefetch = new Prefetch();
  const screen = (view: View) => (
    <RollupsProvider
      {...{ api: rollupsApi, tenant: { tenantId: "acme" }, timezone: "UTC", prefetch }}
      client={client.asClient}
    >
      <PendingContext value={new PendingWatch(() => 0)}>
        <ViewContext value={view}>
          {measureGroups.watch.map(({ members, isCostly }) => (
            <KpiGroup key={members[0]} measures={members} isCostly={isCostly} />
          ))}
          <TrendCard measures={measureGroups.watch[0]!.members} />
          <Widgets cube="watch" />
        </ViewContext>
      </PendingContext>
    </RollupsProvider>
  );
  let filters: Filters = {};
  const toggle = (dimension: string, value: string) => {
    filters = toggleFilter(filters, dimension, value);
  };
  const { rerender, getAllByRole } = render(screen(viewOf(filters, toggle)));
  await pause(600);
  const first = asked.splice(0);
  expect(first.length).toBeGreaterThan(8);

  const bar = getAllByRole("button", { name: /Music/ })[0]!;
  fireEvent.pointerEnter(bar, { pointerType: "mouse" });
  await pause(200);
  const ahead = asked.splice(0);
  expect(ahead.length).toBeGreaterThan(8);
  expect(first).not.toEqual(expect.arrayContaining(ahead));

  fireEvent.click(bar);
  expect(filters).toEqual({ category: isOneOf(["Music"]) });
  rerender(screen(viewOf(filters, toggle)));
  await pause(600);
  expect(asked).toEqual([]);
  expect(prefetch.figures()).toMatchObject({ misses: 0, late: 0, hits: ahead.length });
});
