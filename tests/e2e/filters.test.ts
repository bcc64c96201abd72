/**
 * Every filter that a view offers is answered, at every preset: alone, in pairs, and all at once. A
 * tenant of a few thousand records is answered by scans, too, so what counts is that rollups answer.
 */
import { anyApi } from "convex/server";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { isOneOf } from "../../src/dashboard/model/filters.js";
import { subsetsOf } from "../../src/dashboard/model/measureGroups.js";
import { resolvePeriod, type Preset } from "../../src/dashboard/model/period.js";
import { todayIn } from "../../src/dashboard/model/calendar.js";
import {
  cubeNames,
  filterDimensions,
  views,
  type CubeName,
} from "../../src/dashboard/model/views.js";
import { recentQuestion } from "../../src/dashboard/model/questions.js";
import { viewQuestions } from "../../src/dashboard/model/viewQuestions.js";
import { keyOf, rowsQueries } from "./support/asked.js";
import { settled, wholeYear, withoutTiles, useBrowser } from "./support/dashboard.js";

const { open, otherClient } = useBrowser();

const tenantId = "acme";
const timezone = "America/New_York";

/** The values that most records have, each within the first dimension's, so that they occur together. */
async function leadingValues(cube: CubeName): Promise<Record<string, string>> {
  const client = await otherClient();
  const values: Record<string, string> = {};
  for (const dimension of filterDimensions(cube)) {
    const member = `${cube}.${dimension}`;
    const query = {
      measures: [`${cube}.count`],
      dimensions: [member],
      filters: Object.entries(values)
        .slice(0, 1)
        .map(([name, value]) => ({
          ...{ member: `${cube}.${name}`, operator: "equals", values: [value] },
        })),
      order: [[`${cube}.count`, "desc"]],
      limit: 1,
    };
    const load = anyApi["aggregates"]!["load"]!;
    const { data } = (await client.query(load, { tenantId, query })) as {
      data: Record<string, string>[];
    };
    values[dimension] = String(data[0]?.[member] ?? "");
  }
  return values;
}

/** No filter, one, two, or all. */
function choicesOf(cube: CubeName): string[][] {
  const offered = filterDimensions(cube);
  return subsetsOf(offered).filter(({ length }) => length <= 2 || length === offered.length);
}

/** Moves to another state of the view, as a link within the page would. */
async function go(page: Page, search: string): Promise<void> {
  await page.evaluate(async (next) => {
    window.history.pushState(null, "", next);
    window.dispatchEvent(new PopStateEvent("popstate"));
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
  }, search);
  await settled(page);
}

/** What is wrong on the screen: alerts, and cards that no rollup answers. */
function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const alerts = [...document.querySelectorAll(".main [role=alert]")].map(
      (alert) => alert.textContent ?? "",
    );
    const cards = [...document.querySelectorAll<HTMLElement>(".kpi, .grid .card:not(.ticker)")];
    const others = cards.flatMap((card) => {
      const { servedBy = "nothing" } = card.dataset;
      const name = card.getAttribute("aria-label") ?? card.dataset["measure"] ?? "";
      return /^\w+\.\w+@\d+$/.test(servedBy) ? [] : [`${name} is served by ${servedBy}`];
    });
    return [...alerts, ...others];
  });
}

/** Presets of each length; `tests/convex/screens.test.ts` has them all. */
const shown: readonly Preset[] = ["today", "7d", "30d", "90d", "quarter", "12m", "all"];

describe.each(cubeNames)("every filter of the %s view", (cube) => {
  test("is answered by rollups at presets of each length, alone, in pairs and all at once", async () => {
    const values = await leadingValues(cube);
    const page = await open(`?tenant=${tenantId}&view=${cube}`);
    await settled(page);
    await wholeYear(page);
    const faults: string[] = [];
    let states = 0;
    for (const id of shown) {
      for (const dimensions of choicesOf(cube)) {
        const search = new URLSearchParams({ tenant: tenantId, view: cube, period: id });
        for (const name of dimensions) search.set(name, values[name] ?? "");
        await go(page, `?${search}`);
        expect(await page.locator(".chip").count()).toBe(dimensions.length);
        states++;
        for (const fault of await faultsOf(page)) {
          faults.push(`${id} ${dimensions.join(" + ")}: ${fault}`);
        }
      }
    }
    expect(faults).toEqual([]);
    expect(states).toBe(shown.length * choicesOf(cube).length);
  }, 400_000);

  test("asks the questions that are known of the view, and no others", async () => {
    const asked = new Set<string>();
    const values = await leadingValues(cube);
    const dimension = filterDimensions(cube)[0] ?? "";
    const period: Preset = "90d";
    const search = new URLSearchParams({ tenant: tenantId, view: cube, period });
    search.set(dimension, values[dimension] ?? "");
    const page = await open(`?${search}`, {
      expectErrors: /ERR_FAILED/,
      prepare: async (opened) => {
        // What the browser holds it does not ask.
        await withoutTiles(opened);
        opened.on("websocket", (socket) =>
          socket.on("framesent", ({ payload }) => {
            for (const query of rowsQueries(String(payload))) asked.add(keyOf(query));
          }),
        );
      },
    });
    await settled(page);
    const questionsOn = (today: string) => {
      const resolved = resolvePeriod({ kind: "preset", preset: period }, today, { today });
      const questions = viewQuestions({
        scope: {
          ...{ cube, span: resolved.span, upTo: today },
          filters: { [dimension]: isOneOf([values[dimension] ?? ""]) },
        },
        granularity: "day",
        measure: views[cube].headline[0]?.member ?? "",
        period: resolved,
      });
      return [...questions.map(({ query }) => keyOf(query)), keyOf(recentQuestion(cube, today, 8))];
    };
    const now = Date.now();
    const [recent, ...known] = questionsOn(todayIn(timezone, now)).reverse();
    expect(known.filter((key) => !asked.has(key))).toEqual([]);
    // The first message asks by the browser's own zone, as that of the tenant is not known yet.
    const zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
    const guessed = questionsOn(todayIn(zone, now));
    const time = `"granularity":"(?:year|day)"`;
    const others = [...asked].filter((key) => ![recent, ...known, ...guessed].includes(key));
    // Besides: whether there is a record of the last days, the newest record, and the leading values that the
    // record button writes.
    for (const key of others)
      expect(key).toMatch(new RegExp(`OnDate|afterDate|"limit":1[,}]|${time}`));
    expect(others.length).toBeLessThanOrEqual(6);
  });
});
