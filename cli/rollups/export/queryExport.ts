/** The answer to a query, page by page and of one commit. */
import { canonicalJson } from "../../../lib/hash/canonical.js";
import { RANGE_COLUMN } from "../../../lib/query/question.js";
import { PAGE_ROWS, type Loaded, type Query } from "./asking.js";
import { columnsOf, mustFit } from "./columns.js";
import {
  ATTEMPTS,
  begunAbout,
  moving,
  withSheet,
  type Exporting,
  type Outcome,
} from "./exporting.js";
import { mustBeOf } from "./former.js";
import { PartSum } from "./partSum.js";

/** Throws `Moving`, `OtherExport`, and what the app refuses. */
export async function exportQuery(exporting: Exporting, asked: Query): Promise<Outcome> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    exporting.asking.renew();
    const outcome = await readOnce(exporting, asked);
    if (outcome !== null) return outcome;
  }
  throw moving("The answer");
}

/** Null where a commit came in between. */
async function readOnce(exporting: Exporting, asked: Query): Promise<Outcome | null> {
  const { asking, former } = exporting;
  const pages = pagesOf(asked);
  const first = await asking.load(pages.page(0));
  const { watermark, lastRefreshTime } = first;
  const columns = columnsOf(
    first.annotation,
    { ...first.query, others: asked["others"] },
    exporting.cubes,
  );
  const begun = begunAbout(exporting, asked, null, first, columns);
  const unchanged: Outcome = { kind: "unchanged", watermark };
  if (former !== null) {
    mustBeOf(former, begun);
    const isSame = canonicalJson(former.query) === canonicalJson(begun.query);
    if (isSame && former.watermark === watermark) return unchanged;
  }
  return await withSheet(exporting, columns, async (sheet) => {
    const sum = new PartSum(columns);
    let page: Loaded = first;
    for (let at = 0; ; at++) {
      if (page.watermark !== watermark) {
        await sheet.drop();
        return null;
      }
      mustFit(columns, page.data);
      sum.add(page.data);
      await sheet.write(page.data);
      if (!pages.hasMore(at, page.data.length)) break;
      page = await asking.load(pages.page(at + 1));
    }
    const told = sum.told();
    if (former !== null && former.parts[0]?.sum === told) {
      await sheet.drop();
      return unchanged;
    }
    const part = { from: null, to: null, rows: sum.rows, sum: told, watermark, isWritten: true };
    const about = { ...begun, ...{ watermark, lastRefreshTime, isOneCommit: true } };
    const whole = { ...about, rows: sum.rows, parts: [part] };
    await sheet.finish(whole);
    return { kind: "written", about: whole };
  });
}

/**
 * An answer is ordered in full, so pages of one commit neither overlap nor leave a gap. A comparison pages each of its ranges,
 * and others are of one limit: these are asked as they are, and refused where they are too many.
 */
function pagesOf(asked: Query) {
  const times = asked["timeDimensions"];
  const isWhole =
    asked["others"] === true ||
    (Array.isArray(times) &&
      times.some((one) => (one as Query | null)?.[RANGE_COLUMN] !== undefined));
  if (isWhole) return { page: () => asked, hasMore: () => false };
  const wanted = typeof asked["limit"] === "number" ? asked["limit"] : Infinity;
  const skipped = typeof asked["offset"] === "number" ? asked["offset"] : 0;
  return {
    page: (at: number): Query => ({
      ...asked,
      limit: Math.min(PAGE_ROWS, wanted - at * PAGE_ROWS),
      offset: skipped + at * PAGE_ROWS,
    }),
    hasMore: (at: number, rows: number) => rows === PAGE_ROWS && (at + 1) * PAGE_ROWS < wanted,
  };
}
