/**
 * Deliberate faults, each a small patch of the source that breaks a law. A suite that stays green
 * under one of them does not prove what it says. `find` occurs exactly once in its file.
 */
export interface Fault {
  name: string;
  /** Number in ARCHITECTURE.md. */
  law: number;
  file: string;
  find: string;
  replace: string;
  /** Suites to run, by the shortest way to a failure; random traces where none is named. */
  suite?: string;
}

const step = "convex/fold/step.ts";
const plan = "convex/fold/plan.ts";
const reader = "convex/changeLog/reader.ts";
const capture = "convex/changeLog/capture.ts";
const records = "convex/sources/records.ts";
const backfill = "lib/fold/backfill.ts";
const planner = "lib/planner/planQuery.ts";
const groups = "lib/query/groups.ts";
const reach = "convex/fold/reach.ts";
const rolledBack = "tests/regressions/rolledBackDeploy.test.ts";

export const faults: Fault[] = [
  {
    name: "backfill: changes beyond the cursor are applied too",
    law: 2,
    file: backfill,
    find: "if (!reached(state.cursor, change)) return false;",
    replace: "",
  },
  {
    name: "backfill: the log that a page already contains is applied again",
    law: 2,
    file: backfill,
    find: "return page === null || commitTs > page.asOf || reached(page.from, change);",
    replace: "return true;",
  },
  {
    name: "backfill: the next page is read before the gate opens",
    law: 2,
    file: plan,
    find: "if (backfill !== null && gateOpen(backfill, position, false)) {",
    replace: "if (backfill !== null) {",
  },
  {
    name: "backfill: a page is taken to be one commit older than it is",
    law: 2,
    file: plan,
    find: "const asOf = (await newestCommit(ctx, tenantId)) ?? -1n;",
    replace: "const asOf = ((await newestCommit(ctx, tenantId)) ?? 0n) - 1n;",
  },
  {
    name: "cutover: before the log has passed the last page",
    law: 9,
    file: step,
    find: 'paged.cursor === "end" && gateOpen(paged, folded.position, false)',
    replace: 'paged.cursor === "end"',
  },
  {
    name: "cutover: the old generation stays",
    law: 9,
    file: "convex/rollups/lifecycle.ts",
    find: 'else if (state.status === "ready" || state.status === "failed") {',
    replace: 'else if (state.status === "failed") {',
  },
  {
    name: "a half-built generation serves",
    law: 9,
    file: planner,
    find: 'if (status !== "ready") return statusRefusal(status);',
    replace: "",
  },
  {
    name: "sweep: the state goes while tiles are left",
    law: 9,
    file: "convex/rollups/lifecycle.ts",
    find: "if (tiles.length < SWEEP_TILES) {",
    replace: "if (tiles.length <= SWEEP_TILES) {",
  },
  {
    name: "fold: a plan is carried out whatever it was made from",
    law: 3,
    file: step,
    find: "if (stale) return null;",
    replace: "",
  },
  {
    name: "fold: the position is not saved",
    law: 3,
    file: step,
    find: "if (moved || folded.count > 0 || work.trim.rows.length > 0) {",
    replace: "if (work.trim.rows.length > 0) {",
  },
  {
    name: "fold: the position jumps to the end of what was read, whole or not",
    law: 3,
    file: step,
    find: "if (count === changes.length && work.complete && last !== undefined) {",
    replace: "if (count === changes.length && last !== undefined) {",
  },
  {
    name: "position: off by one within a log row",
    law: 3,
    file: "lib/fold/position.ts",
    find: "{ commitTs, row, change: i + 1 }",
    replace: "{ commitTs, row, change: i }",
  },
  {
    name: "position: the next row of a commit is skipped",
    law: 3,
    file: "lib/fold/position.ts",
    find: "const next = last ? { commitTs, row: row + 1, change: 0 }",
    replace: "const next = last ? { commitTs, row: row + 2, change: 0 }",
  },
  {
    name: "netting: values removed more often than added are forgotten",
    law: 3,
    file: "lib/fold/deltas.ts",
    find: "if (count === 0) net.delete(value);",
    replace: "if (count <= 0) net.delete(value);",
  },
  {
    name: "chunks: what no longer fits into a chunk is lost",
    law: 5,
    file: "lib/fold/openPartition.ts",
    find: "for (const series of upper.series) target.add(series);",
    replace: "",
  },
  {
    name: "chunks: of what no longer fits into a chunk only the first is kept",
    law: 5,
    file: "lib/fold/openPartition.ts",
    find: "for (const series of upper.series) target.add(series);",
    replace: "target.add(upper.series[0]!);",
    suite: "tests/regressions/replay.test.ts",
  },
  {
    name: "chunks: a series is read from the chunk before its own",
    law: 2,
    file: "lib/tiles/directory.ts",
    find: "return directory.chunk[rangeOf(directory, hash)] ?? 0;",
    replace: "return directory.chunk[Math.max(0, rangeOf(directory, hash) - 1)] ?? 0;",
  },
  {
    name: "extremes: a removed one is not marked as lost",
    law: 1,
    file: "lib/fold/applyDelta.ts",
    find: "pending |= bit;",
    replace: "",
  },
  {
    name: "extremes: a lost one is shown as it was",
    law: 1,
    file: "lib/query/extremes.ts",
    find: "(pending & mask) !== 0 &&",
    replace: "pending < 0 &&",
  },
  {
    name: "extremes: restored from a source that is ahead of the tiles",
    law: 2,
    file: step,
    find: "if (caughtUp) await applyRepairs(",
    replace: "await applyRepairs(",
  },
  {
    name: "extremes: repairs are never queued",
    law: 2,
    file: step,
    find: "await queueRepairs(ctx, cache);",
    replace: "",
  },
  {
    name: "tail: starts with the commit, not with the position in it",
    law: 1,
    file: "convex/answers/answer.ts",
    find: "changes: [...changesAfter(rows, position)]",
    replace: "changes: [...changesAfter(rows, { ...position, row: 0, change: 0 })]",
  },
  {
    name: "tail: leaves out the commit that the position is in",
    law: 1,
    file: reader,
    find: 'q.eq("tenantId", tenantId).gte("commitTs", position.commitTs),\n    );\n  for await',
    replace: 'q.eq("tenantId", tenantId).gt("commitTs", position.commitTs),\n    );\n  for await',
  },
  {
    name: "folded answers show half a commit",
    law: 1,
    file: reader,
    find: "if (position.row === 0 && position.change === 0) return [];",
    replace: "if (position.commitTs >= 0n) return [];",
  },
  {
    name: "watermark: none once the log is trimmed to its end",
    law: 1,
    file: reader,
    find: "return commitTs === 0n ? null : commitTs - 1n;",
    replace: "return null;",
  },
  {
    name: "log: rows of a half folded commit count as read",
    law: 2,
    file: reader,
    find: "let foldedRows = position.row;",
    replace: "let foldedRows = 0;",
  },
  {
    name: "log: trimmed before it is folded",
    law: 12,
    file: plan,
    find: "const to = old < position.commitTs ? old : position.commitTs - 1n;",
    replace: "const to = old;",
  },
  {
    name: "repairs: a second delivery deletes what is gone",
    law: 3,
    file: "convex/repairs/repair.ts",
    find: 'if ((await ctx.db.get("repairs", plan.repair)) === null) continue;',
    replace: "",
  },
  {
    name: "capture: a record that leaves a tenant is not logged there",
    law: 12,
    file: capture,
    find: 'append(captured, oldTenant, { ...base, op: "delete", before, after: null });',
    replace: "",
  },
  {
    name: "capture: updates are not logged",
    law: 12,
    file: capture,
    find: "if (before !== null && after !== null && sameFact(before, after)) return;",
    replace: "if (before !== null && after !== null) return;",
  },
  {
    name: "capture: source mutations look at the fold position",
    law: 7,
    file: capture,
    find: "    await wakeIfIdle(ctx, tenantId);",
    replace:
      '    await ctx.db.query("foldStates").withIndex("by_tenant", (q) => q.eq("tenantId", tenantId)).unique();\n    await wakeIfIdle(ctx, tenantId);',
  },
  {
    name: "route: rollups by a multi-valued dimension answer without it",
    law: 4,
    file: planner,
    find: "if (pinned && !counted) continue;",
    replace: "if (pinned !== null) continue;",
  },
  {
    name: "route: buckets of another zone are taken for the query's",
    law: 4,
    file: planner,
    find: "if (sameZone(query.timezone, rollup.timezone)) return { levels: fine, within: null };",
    replace: "if (fine.length > 0) return { levels: fine, within: null };",
  },
  {
    name: "route: hours of day of another zone are taken for the tenant's",
    law: 4,
    file: planner,
    find: "if (sameZone(rollup.timezone, tenantZone)) return null;",
    replace: 'if (tenantZone !== "") return null;',
  },
  {
    name: "cover: the bucket before the range belongs to it",
    law: 4,
    file: "lib/tiles/cover.ts",
    find: "const low = from === null ? null : bucketCeiling(level.granularity, zone, from);",
    replace: "const low = from === null ? null : floor(level, zone, from);",
  },
  {
    name: "filters: notIn drops records without a value",
    law: 4,
    file: "lib/query/compile.ts",
    find: "values: new Set(raw), group }",
    replace: 'values: new Set(operator === "notIn" ? [...raw, null] : raw), group }',
  },
  {
    name: "levels: what happens at the start of the range is before it",
    law: 1,
    file: groups,
    find: "for (const one of cuts) if (one <= t) cut = one;",
    replace: "for (const one of cuts) if (one < t) cut = one;",
    suite: "tests/lib/rollingWindow.test.ts",
  },
  {
    name: "windows: the query's buckets are taken for fine enough",
    law: 1,
    file: "lib/planner/timeScopes.ts",
    find: ": commonGranularity([this.granularity, ...windows.flatMap(unitsOf)]);",
    replace: ": this.granularity;",
    suite: "tests/lib/rollingWindow.test.ts",
  },
  {
    name: "windows: a month is 30 days",
    law: 1,
    file: "lib/time/span.ts",
    find: "return shiftMonths(wallMs, count);",
    replace: "return wallMs + count * 30 * DAY_MS;",
    suite: "tests/lib/rollingWindow.test.ts",
  },
  {
    name: "windows: a scan looks at the range alone",
    law: 4,
    file: "convex/answers/answer.ts",
    find: "const { from, to } = timeScopesOf(cube, query);",
    replace: "const { from, to } = query.time ?? timeScopesOf(cube, query);",
    suite: "tests/convex/rolling.test.ts",
  },
  {
    name: "averages: records without a value count",
    law: 6,
    file: "lib/measures/measures.ts",
    find: 'return fieldTraits(cube, field).nullable ? statistic("n", field) : statistic("count");',
    replace: 'return statistic("count");',
  },
  {
    name: "averages: hundredths are taken for units",
    law: 1,
    file: "lib/measures/measures.ts",
    find: "unscale(total, scale) : ratio(total, n, scale);",
    replace: "unscale(total, scale) : ratio(total, n, 0);",
  },
  {
    name: "distinct counts: not given is a value",
    law: 6,
    file: groups,
    find: "if (value !== null) statistics.distinct[i]?.add(value);\n    }\n  }\n\n  /** The rows",
    replace: "statistics.distinct[i]?.add(value);\n    }\n  }\n\n  /** The rows",
  },
  {
    name: "calendar: every day has 24 hours",
    law: 5,
    file: "lib/time/calendar.ts",
    find: 'if (granularity === "hour") return nextHour(table, start);',
    replace:
      'if (granularity === "hour") return nextHour(table, start);\n  if (granularity === "day") return start + DAY_MS;',
  },
  {
    name: "keys: a known key is stored again",
    law: 12,
    file: records,
    find: "const known = await findByKey(ctx, source.table, parsed.row);",
    replace: "const known = null;",
    suite: "tests/convex/rows.test.ts",
  },
  {
    name: "keys: a key that comes twice in one batch is stored twice",
    law: 12,
    file: records,
    find: "(key !== undefined && seenKeys.has(key))",
    replace: "key === null",
    suite: "tests/convex/rows.test.ts",
  },
  {
    name: "versions: a tail of facts that were read otherwise is added",
    law: 1,
    file: "convex/answers/answer.ts",
    find: "tail === null ? found.planned : planAround(found, tail)",
    replace: "found.planned",
    suite: rolledBack,
  },
  {
    name: "versions: facts that were read otherwise are folded",
    law: 2,
    file: reach,
    find: "return next.some((placed) => foreign.has(placed.row) && reaches(state, backfill, placed));",
    replace: "return foreign.size < 0;",
    suite: rolledBack,
  },
  {
    name: "versions: code repairs tiles that it does not read alike",
    law: 2,
    file: reach,
    find: "if (!isReadLike(state.definition, currentReadings)) return true;",
    replace: "",
    suite: rolledBack,
  },
  {
    name: "versions: facts without any change of what a rollup keeps are not folded",
    law: 4,
    file: "lib/model/reading.ts",
    find: ".every((mark) => marks.has(mark))",
    replace: '.join("") === reading',
    suite: rolledBack,
  },
  {
    name: "access: everybody is a member",
    law: 11,
    file: "convex/access/membership.ts",
    find: "if (membership === null) return forbidden();",
    replace: 'if (membership === null) return { tenantId, role: "admin" };',
    suite: "tests/convex/isolation.test.ts",
  },
  {
    name: "access: records of other tenants can be written",
    law: 11,
    file: records,
    find: "if (doc === null || doc.tenantId !== ctx.member.tenantId) return forbidden();",
    replace: "if (doc === null) return forbidden();",
    suite: "tests/convex/isolation.test.ts",
  },
];
