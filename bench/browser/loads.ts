/** From the script's arrival to figures on the screen: a first visit, one from far away, and the next one. */
import { percentile } from "../support/statistics.js";
import type { Report } from "../support/report.js";
import { DashboardPage, type Loaded } from "./page.js";
import { views, type ViewName } from "./changes.js";
import { TENANT, type Stage } from "./stage.js";

const COLD_MS = 250;
const FAR_MS = 500;
const WARM_FIGURES_MS = 100;
const ROUND_TRIP_MS = 200;
const TITLE = "Load, after the script is there: median of runs, ms";
const HEADER = [
  "view",
  "visit",
  "runs",
  "first figures",
  "all data",
  "kB",
  "backend, all",
  "its kB",
];

export async function runLoads(stage: Stage, runs: number, report: Report): Promise<void> {
  const far = await stage.serveFarAway(ROUND_TRIP_MS);
  try {
    for (const view of views) {
      const cold = await visits(runs, () => coldVisit(stage, stage.url, view, true, 0));
      const coldOld = await visits(runs, () => coldVisit(stage, stage.url, view, false, 0));
      show(report, view, "cold", cold, coldOld);
      report.figure(`cold load, ${view}`, "all data, ms", medianOf(cold, "allMs"), COLD_MS);
      const warm = await warmVisits(stage, view, runs);
      show(report, view, "warm", warm, null);
      report.figure(
        `warm load, ${view}`,
        "first figures, ms",
        medianOf(warm, "figuresMs"),
        WARM_FIGURES_MS,
      );
      const away = await visits(runs, () => coldVisit(stage, far.url, view, true, ROUND_TRIP_MS));
      const awayOld = await visits(runs, () =>
        coldVisit(stage, far.url, view, false, ROUND_TRIP_MS),
      );
      show(report, view, `cold, ${ROUND_TRIP_MS} ms away`, away, awayOld);
      report.figure(
        `cold load at ${ROUND_TRIP_MS} ms, ${view}`,
        "all data, ms",
        medianOf(away, "allMs"),
        FAR_MS,
      );
    }
  } finally {
    await far.stop();
  }
}

interface Visit extends Loaded {
  kB: number;
}

async function visits(runs: number, visit: () => Promise<Visit>): Promise<Visit[]> {
  const all: Visit[] = [];
  // The first one is the server's first, too.
  for (let i = -1; i < runs; i++) {
    const one = await visit();
    if (i >= 0) all.push(one);
  }
  return all;
}

async function coldVisit(
  stage: Stage,
  url: string,
  view: ViewName,
  tiles: boolean,
  lateMs: number,
): Promise<Visit> {
  const page = await DashboardPage.open(stage.browser, addressOf(url, view), { tiles, lateMs });
  const loaded = await page.loaded();
  const visit = { ...loaded, kB: page.traffic.now().bytes / 1000 };
  await page.close();
  return visit;
}

/** The page again, in the same browser context: what the last visit kept is there. */
async function warmVisits(stage: Stage, view: ViewName, runs: number): Promise<Visit[]> {
  const url = addressOf(stage.url, view);
  const first = await DashboardPage.open(stage.browser, url);
  await first.held();
  const context = first.page.context();
  const all = await visits(runs, async () => {
    const page = await DashboardPage.open(stage.browser, url, { context });
    const visit = { ...(await page.loaded()), kB: page.traffic.now().bytes / 1000 };
    // It keeps what it was answered.
    await page.page.waitForTimeout(1000);
    await page.page.close();
    return visit;
  });
  await first.close();
  return all;
}

const addressOf = (url: string, view: ViewName) =>
  `${url}/?tenant=${TENANT}&view=${view}&period=30d`;

function show(report: Report, view: string, name: string, now: Visit[], old: Visit[] | null): void {
  report.row(TITLE, HEADER, [
    ...[
      view,
      name,
      now.length,
      medianOf(now, "figuresMs"),
      medianOf(now, "allMs"),
      medianOf(now, "kB"),
    ],
    ...(old === null ? ["", ""] : [medianOf(old, "allMs"), medianOf(old, "kB")]),
  ]);
}

const medianOf = (all: readonly Visit[], of: keyof Visit) =>
  percentile(
    all.map((one) => one[of]),
    50,
  );
