/** How a page comes to its figures: what it asks for before anything is answered, and what it shows before that. */
import { expect, test } from "vitest";
import { todayIn } from "../../src/dashboard/model/calendar.js";
import { resolvePeriod } from "../../src/dashboard/model/period.js";
import { viewQuestions } from "../../src/dashboard/model/viewQuestions.js";
import { kpiValue, settled, shoot, useBrowser } from "./support/dashboard.js";
import { keyOf, rowsQueries } from "./support/asked.js";

const { open } = useBrowser();
const search = "?tenant=acme&view=inventory&period=30d";
const timezone = "America/New_York";

test("a first visit asks for all of its screen before anything is answered", async () => {
  const asked = new Set<string>();
  let isAnswered = false;
  const page = await open(search, {
    timezoneId: timezone,
    prepare: (opened) =>
      Promise.resolve(
        opened.on("websocket", (socket) => {
          socket.on("framesent", ({ payload }) => {
            if (isAnswered) return;
            for (const query of rowsQueries(String(payload))) asked.add(keyOf(query));
          });
          socket.on("framereceived", ({ payload }) => {
            isAnswered ||= String(payload).includes('"type":"Transition"');
          });
        }),
      ),
  });
  await settled(page);
  const today = todayIn(timezone, Date.now());
  const period = resolvePeriod({ kind: "preset", preset: "30d" }, today, { today });
  const known = viewQuestions({
    scope: { cube: "inventory", span: period.span, upTo: today, filters: {} },
    granularity: "day",
    measure: "inventory.count",
    period,
  });
  expect(known.map(({ query }) => keyOf(query)).filter((key) => !asked.has(key))).toEqual([]);
});

test("the next visit shows the last one's figures before the backend is reached", async () => {
  const first = await open(search);
  await settled(first);
  const count = await kpiValue(first, "inventory.count");
  // Answers are kept half a second after they came.
  await first.waitForTimeout(1500);
  const next = await first.context().newPage();
  await next.routeWebSocket(/\/sync$/, () => undefined);
  await next.goto(first.url());
  await next.locator(".kpi-value").first().waitFor();
  expect(await kpiValue(next, "inventory.count")).toBe(count);
  expect(await next.locator(".header select").inputValue()).toBe("acme");
  expect(await next.locator(".kpi .skeleton, .card:not(.ticker) .skeleton").count()).toBe(0);
  await shoot(next, "last-visit");
});
