/** How tests read the screen Explore, and what they hold it to. */
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { formatMeasure } from "../../../src/dashboard/format/numbers.js";
import { measureInfo } from "../../../src/dashboard/model/members.js";
import type { AggregateQuery, AggregateRows, Row } from "../../../src/react/index.js";
import { explored } from "./screen.js";

/** What `aggregates:load` answers. */
export type Loaded = Pick<AggregateRows, "annotation"> & {
  data: Row[];
  servedBy: string;
  work: { documents: number };
};

export const soon = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 20_000 });

export const answerOf = (page: Page) => page.getByRole("region", { name: "Answer", exact: true });
export const routeOf = (page: Page) => page.getByRole("region", { name: "Route", exact: true });
export const paramsOf = (page: Page) => new URL(page.url()).searchParams;

/** The question as the screen gives it away. */
export async function shownQuery(page: Page): Promise<AggregateQuery> {
  const text = await page.getByRole("region", { name: "The question as code" }).textContent();
  return JSON.parse(text ?? "") as AggregateQuery;
}

/** The cells of the table, row by row. */
export async function cells(page: Page): Promise<string[][]> {
  const rows = await answerOf(page).locator("tbody tr").all();
  return await Promise.all(rows.map((row) => row.locator("th, td").allTextContents()));
}

/** The figures that the backend gives for the question, as the table shows them. */
export function figuresOf({ data, annotation }: Loaded, measures: readonly string[]): string[][] {
  const about = (member: string) => annotation.measures[member]?.approximate !== undefined;
  return data.slice(0, 100).map((row) =>
    measures.map((member) => {
      const value = row[member] as number | null;
      const text = formatMeasure(value, measureInfo(member).format, "full");
      return value !== null && about(member) ? `≈ ${text}` : text;
    }),
  );
}

/** The screen shows what the backend answers, by the route that the backend names. */
export async function agreesWith(
  page: Page,
  load: (query: AggregateQuery) => Promise<Loaded>,
  measures: readonly string[],
): Promise<Loaded> {
  await explored(page);
  const query = await shownQuery(page);
  expect(query.measures).toEqual(measures);
  const loaded = await load(query);
  expect(loaded.data.length).toBeGreaterThan(0);
  const shown = (await cells(page)).map((row) => row.slice(-measures.length));
  expect(shown).toEqual(figuresOf(loaded, measures));
  expect(await answerOf(page).getAttribute("data-served-by")).toBe(loaded.servedBy);
  expect(await routeOf(page).locator(".explore-lead .code").textContent()).toBe(loaded.servedBy);
  await soon(() => routeOf(page).locator(".explore-facts").textContent()).toContain(
    `Documents read${loaded.work.documents.toLocaleString("en-US")}`,
  );
  return loaded;
}
