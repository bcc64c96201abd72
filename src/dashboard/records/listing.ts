/**
 * Which records stand behind a figure, from the very question that the figure answers, and how far a list of them
 * goes on by itself.
 */
import { firstInstantOf } from "../../../lib/time/calendar.js";
import type { AggregateQuery } from "../../react/index.js";
import { addDays, toMs, type Day } from "../model/calendar.js";
import { timeMember } from "../model/questions.js";
import type { CubeName } from "../model/views.js";
import type { Condition, Found, PageArgs } from "./functions.js";

/** Records that a page reads: the first one is short, as each new record has it read again. */
export const firstRead = 50;
export const nextRead = 250;
/** As many records without a screenful of matches are looked through unasked. */
const dryMax = 1000;
const screenful = 25;
/** Each page is a subscription, and its rows stay in memory. */
const pagesMax = 80;

export type Listing = Pick<PageArgs, "cube" | "from" | "to" | "filters">;

/** The records that a question of totals counts. Throws for a filter that no view makes: a mistake in this app. */
export function listingOf(question: AggregateQuery, cube: CubeName, timezone: string): Listing {
  const time = timeMember(cube);
  const startOf = (day: Day) => firstInstantOf(timezone, toMs(day));
  const range = question.timeDimensions?.[0]?.dateRange as readonly [Day, Day] | undefined;
  const listing: Listing = {
    cube,
    from: range ? startOf(range[0]) : null,
    to: range ? startOf(addDays(range[1], 1)) : null,
    filters: [],
  };
  for (const filter of question.filters ?? []) {
    const { member, operator, values } = conditionOf(filter);
    if (member !== time) listing.filters.push({ member, operator, values });
    else if (operator === "beforeOrOnDate") listing.to = startOf(addDays(values[0] ?? "", 1));
    else throw new Error(`No list by "${operator}".`);
  }
  return listing;
}

function conditionOf(filter: NonNullable<AggregateQuery["filters"]>[number]): Condition {
  if (!("member" in filter)) throw new Error("No list by conditions of which one may hold.");
  const { member, operator, values = [] } = filter;
  return { member, operator, values: values.map(String) };
}

export interface Progress {
  found: number;
  /** Records that were looked through. */
  read: number;
  /** Of these, since there was a screenful of matches. */
  dry: number;
  /** No further page is asked for. */
  isFull: boolean;
}

export function progressOf(pages: readonly Found[]): Progress {
  let [found, read, dry] = [0, 0, 0];
  for (const page of pages.toReversed()) {
    if (found < screenful) dry += page.read;
    found += page.records.length;
    read += page.read;
  }
  return { found, read, dry, isFull: pages.length >= pagesMax };
}

/** Whether the next page is asked for without a word. `granted`: how many were looked through at the last "go on". */
export function goesOn({ read, dry, isFull }: Progress, granted: number): boolean {
  return !isFull && read - Math.max(granted, read - dry) < dryMax;
}
