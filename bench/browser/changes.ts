/** A filter, another granularity, another figure: from the click to the paint, by tiles and by the backend. */
import { percentile } from "../support/statistics.js";
import type { Report } from "../support/report.js";
import { DashboardPage, type Painted } from "./page.js";
import { TENANT, type Stage } from "./stage.js";

export const views = ["watch", "inventory"] as const;
export type ViewName = (typeof views)[number];
const periods = { "30d": "30 days", "90d": "90 days", "12m": "12 months" } as const;
export type PeriodName = keyof typeof periods;

const PAINTED_MS = 32;
const OWN_MS = 4;
const TITLE = "A change to painted: median of runs, ms";
const HEADER = [
  ...["view", "period", "change", "runs", "tiles", "most", "own code", "messages"],
  ...["first", "first messages", "backend", "its messages", "its kB"],
];

/** Cards whose bars filter. */
const filters: Record<ViewName, readonly string[]> = {
  watch: ["Categories", "Topics", "Top channels"],
  inventory: ["Warehouses", "Kinds of movement", "Categories"],
};

export const filterOf = (view: ViewName, i: number) => {
  const cards = filters[view];
  return { card: cards[i % cards.length]!, bar: Math.floor(i / cards.length) };
};

interface Series {
  /** What a kind of change costs when it is made first: its tiles may have to be fetched. */
  first: Painted[];
  runs: Painted[];
}

type Changes = Record<"filter" | "granularity" | "figure", Series>;

export async function runChanges(stage: Stage, runs: number, report: Report): Promise<void> {
  for (const view of views) {
    for (const period of Object.keys(periods) as PeriodName[]) {
      const byTiles = await changesOf(stage, view, period, runs, true);
      const byBackend = await changesOf(stage, view, period, runs, false);
      for (const change of Object.keys(byTiles) as (keyof Changes)[]) {
        const { first, runs: held } = byTiles[change];
        const { runs: old } = byBackend[change];
        const name = `${change}, ${view}, ${periods[period]}`;
        const messages = sum(held.map(({ sent }) => sent));
        report.row(TITLE, HEADER, [
          ...[view, periods[period], change, held.length],
          ...[median(held, "ms"), Math.max(...held.map(({ ms }) => ms)), median(held, "ownMs")],
          ...[messages, median(first, "ms"), sum(first.map(({ sent }) => sent))],
          ...[median(old, "ms"), sum(old.map(({ sent }) => sent)) / old.length],
          sum(old.map(({ bytes }) => bytes)) / old.length / 1000,
        ]);
        report.figure(name, "to painted, ms", median(held, "ms"), PAINTED_MS);
        report.figure(name, "own code, ms", median(held, "ownMs"), OWN_MS);
        report.figure(name, "messages", messages, 0);
      }
    }
  }
}

async function changesOf(
  stage: Stage,
  view: ViewName,
  period: PeriodName,
  runs: number,
  tiles: boolean,
): Promise<Changes> {
  const url = `${stage.url}/?tenant=${TENANT}&view=${view}&period=${period}`;
  const page = await DashboardPage.open(stage.browser, url, { tiles });
  if (tiles) await page.held();
  else await page.settled();
  const [shown, offered] = await page.page
    .locator('[aria-label="Granularity"] .segment')
    .evaluateAll((all) => [
      all.findIndex(({ className }) => className.includes("segment-on")),
      all.length,
    ]);
  const changes = {
    filter: await filterSeries(page, view, runs),
    granularity: await series(
      page,
      runs,
      (i) =>
        `[aria-label="Granularity"] .segment:nth-child(${((shown! + 1 + i) % offered!) + 1}) input`,
    ),
    figure: await series(page, runs, (i) => `.kpi:nth-child(${((i + 1) % 4) + 1})`),
  };
  await page.close();
  return changes;
}

async function filterSeries(page: DashboardPage, view: ViewName, runs: number): Promise<Series> {
  const kinds = filters[view].length;
  const painted: Painted[] = [];
  for (let i = 0; i < kinds + runs; i++) {
    const { card, bar } = filterOf(view, i);
    const bars = page.page.locator(`[aria-label="${card}"] button.bar`);
    const target = bars.nth(bar % (await bars.count()));
    await target.evaluate((button) => (button.id = "filter"));
    painted.push(await page.change("#filter"));
    if (i < kinds) await page.page.waitForTimeout(2000);
    await page.page.locator(".chip-remove").first().click();
    await page.settled();
    await page.page.evaluate(() => document.querySelector("#filter")?.removeAttribute("id"));
  }
  return { first: painted.slice(0, kinds), runs: painted.slice(kinds) };
}

/** Each of the selectors' first three changes are the first. */
async function series(
  page: DashboardPage,
  runs: number,
  selectorOf: (i: number) => string,
): Promise<Series> {
  const painted: Painted[] = [];
  for (let i = 0; i < 3 + runs; i++) {
    painted.push(await page.change(selectorOf(i)));
    if (i < 3) await page.page.waitForTimeout(1500);
  }
  return { first: painted.slice(0, 3), runs: painted.slice(3) };
}

const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);

const median = (painted: readonly Painted[], of: "ms" | "ownMs") =>
  percentile(
    painted.map((one) => one[of]),
    50,
  );
