/** What writes of others cost a page that follows them, and what it keeps after many filters. */
import type { Report } from "../support/report.js";
import { filterOf, views } from "./changes.js";
import { DashboardPage } from "./page.js";
import { TENANT, type Stage } from "./stage.js";

const BYTES_PER_WRITE = 8000;
const CPU_PERCENT = { 1: 3, 5: 8 } as const;
const HEAP_BYTES = 10e6;
const FILTERS = 24;
const TITLE = "Writes of others, watched";
const HEADER = [
  "view",
  "writes/s",
  "answers by",
  "seconds",
  "writes",
  "messages",
  "B/write",
  "CPU %",
];
const SENT_TITLE = "What comes with a write, at one a second";
const SENT_HEADER = ["view", "answers by", "function", "answers", "B/answer", "B/write"];

export async function runWrites(stage: Stage, seconds: number, report: Report): Promise<void> {
  for (const view of views) {
    for (const rate of [1, 5] as const) {
      const byTiles = await followed(stage, view, rate, seconds, true, report);
      await followed(stage, view, rate, seconds, false, report);
      const name = `${rate} write${rate === 1 ? "" : "s"}/s, ${view}`;
      report.figure(name, "CPU, % of a core", byTiles.cpuPercent, CPU_PERCENT[rate]);
      if (rate === 1) report.figure(name, "B per write", byTiles.bytesPerWrite, BYTES_PER_WRITE);
    }
  }
}

/** Views are written, so a page of the other cube shows what it costs to be told of them. */
async function followed(
  stage: Stage,
  view: string,
  rate: number,
  seconds: number,
  tiles: boolean,
  report: Report,
) {
  await stage.folded();
  const url = `${stage.url}/?tenant=${TENANT}&view=${view}&period=30d`;
  const page = await DashboardPage.open(stage.browser, url, { tiles });
  if (tiles) await page.held();
  else await page.settled();
  await page.page.waitForTimeout(2000);
  page.traffic.takeByFunction();
  const [before, cpuBefore, startedAt] = [
    page.traffic.now(),
    await page.cpuSeconds(),
    performance.now(),
  ];
  const stopWriting = await stage.writeSteadily(rate);
  await page.page.waitForTimeout(seconds * 1000);
  const written = await stopWriting();
  const after = page.traffic.now();
  const cpuPercent =
    ((await page.cpuSeconds()) - cpuBefore) / ((performance.now() - startedAt) / 1e5);
  const bytesPerWrite = (after.bytes - before.bytes) / written;
  const by = tiles ? "tiles" : "backend";
  report.row(TITLE, HEADER, [
    ...[
      view,
      rate,
      by,
      seconds,
      written,
      after.received - before.received,
      bytesPerWrite,
      cpuPercent,
    ],
  ]);
  if (rate === 1) {
    for (const { name, answers, bytes } of page.traffic.takeByFunction())
      report.row(SENT_TITLE, SENT_HEADER, [
        view,
        by,
        name,
        answers,
        bytes / answers,
        bytes / written,
      ]);
  }
  await page.close();
  return { bytesPerWrite, cpuPercent };
}

export async function runHeap(stage: Stage, report: Report): Promise<void> {
  for (const view of views) {
    const url = `${stage.url}/?tenant=${TENANT}&view=${view}&period=30d`;
    const page = await DashboardPage.open(stage.browser, url);
    await page.held();
    const start = await page.heapBytes();
    for (let i = 0; i < FILTERS; i++) {
      const { card, bar } = filterOf(view, i);
      const bars = page.page.locator(`[aria-label="${card}"] button.bar`);
      await bars.nth(bar % (await bars.count())).click();
      await page.settled();
      await page.page.locator(".chip-remove").first().click();
      await page.settled();
    }
    const after = await page.heapBytes();
    report.row(
      "Heap, MB",
      ["view", "at first", `after ${FILTERS} filters`],
      [view, start / 1e6, after / 1e6],
    );
    report.figure(`heap, ${view}`, `MB after ${FILTERS} filters`, after / 1e6, HEAP_BYTES / 1e6);
    await page.close();
  }
}
