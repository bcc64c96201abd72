/** What a reading found, as families of metrics. */
import type { FunctionReturnType } from "convex/server";
import type { ComponentApi } from "../../../convex/components/rollups/_generated/component.js";
import type { FreshnessTargets } from "../../../lib/model/cube.js";
import type { Family, Sample } from "./openMetrics.js";

type Told<Name extends keyof ComponentApi["metrics"]> = FunctionReturnType<
  ComponentApi["metrics"][Name]
>;

export interface Reading {
  deployment: Told<"deployment">;
  /** All tenants that are awake, the furthest behind first. */
  awake: Told<"page">["tenants"];
  /** Those that are named, with their details. */
  named: ReadonlyMap<string, Told<"tenant">>;
  /** There are more tenants awake than a reading looks at. */
  isCut: boolean;
  /** The targets of rollups, by "cube.rollup". */
  rollups: FreshnessTargets;
  targets: { warnMs?: number; errorMs?: number };
}

/** The label of all tenants that are not named. No tenant is named so: its own name gets one underscore more. */
export const OTHERS = "_other";

const LEVELS = ["ok", "warn", "error"];

const labelOf = (tenantId: string): string =>
  /^_+other$/.test(tenantId) ? `_${tenantId}` : tenantId;

/**
 * At most 15 series for each named tenant, and two for each of its rollups with a target, 20 of them at most. Three
 * families have one more for all others.
 */
export function familiesOf({
  deployment,
  awake,
  named,
  isCut,
  rollups,
  targets,
}: Reading): Family[] {
  const { workers, verification, writeBytesPerSecond, upkeepBytesPerMonth } = deployment;
  const others = awake.filter(({ tenantId }) => !named.has(tenantId));
  const most = (of: "lagMs" | "overdueMs" | "strikes") =>
    others.reduce((max, one) => Math.max(max, one[of]), 0);
  const perTenant = (value: (tenant: Told<"tenant">) => number | null): Sample[] =>
    [...named].flatMap(([tenantId, details]) => {
      const found = value(details);
      return found === null ? [] : [{ labels: { tenant: labelOf(tenantId) }, value: found }];
    });
  const byName = new Map(awake.map((one) => [one.tenantId, one]));
  // A tenant that sleeps has 0, so that its series stay.
  const awakeBy = (of: "overdueMs" | "strikes", scale: number): Sample[] => [
    ...[...named.keys()].map((tenantId) => ({
      labels: { tenant: labelOf(tenantId) },
      value: (byName.get(tenantId)?.[of] ?? 0) / scale,
    })),
    { labels: { tenant: OTHERS }, value: most(of) / scale },
  ];
  const target = (severity: string, ms: number | undefined): Sample[] =>
    ms === undefined ? [] : [{ labels: { severity }, value: ms / 1000 }];
  const perRollup = (value: (one: Told<"tenant">["freshness"][number]) => number | null) =>
    [...named].flatMap(([tenantId, { freshness }]) =>
      freshness.flatMap((one): Sample[] => {
        const found = value(one);
        const { cube, rollup } = one;
        const labels = { tenant: labelOf(tenantId), cube, rollup };
        return found === null ? [] : [{ labels, value: found }];
      }),
    );
  const rollupTarget = ([key, { warn, error }]: [string, FreshnessTargets[string]]): Sample[] => {
    const [cube = "", rollup = ""] = key.split(".");
    return [...target("warn", warn), ...target("error", error)].map(({ labels, value }) => ({
      labels: { cube, rollup, ...labels },
      value,
    }));
  };
  return [
    gauge(
      "rollups_unfolded_age_seconds",
      "Age of the oldest change that is not folded; of the others, the largest.",
      [
        ...perTenant(({ lagMs }) => lagMs / 1000),
        { labels: { tenant: OTHERS }, value: most("lagMs") / 1000 },
      ],
    ),
    gauge("rollups_freshness_target_seconds", "The age that the app wants to be told of.", [
      ...target("warn", targets.warnMs),
      ...target("error", targets.errorMs),
    ]),
    gauge(
      "rollups_rollup_age_seconds",
      "Age of the oldest change that a rollup with a target has not folded; none where it has failed.",
      perRollup(({ ageMs }) => ageMs && ageMs / 1000),
    ),
    gauge(
      "rollups_rollup_freshness_state",
      "Of a rollup with a target: 0 within it, 1 beyond warn, 2 beyond error, or failed.",
      perRollup(({ state }) => LEVELS.indexOf(state)),
    ),
    gauge(
      "rollups_rollup_freshness_target_seconds",
      "The age from which on a rollup is too old.",
      Object.entries(rollups).flatMap(rollupTarget),
    ),
    gauge(
      "rollups_alerts_undelivered",
      "Notifications that failed so far, or were given up within the week.",
      perTenant(({ undelivered }) => undelivered),
    ),
    gauge(
      "rollups_overdue_seconds",
      "How long ago the worker was due; of the others, the largest.",
      awakeBy("overdueMs", 1000),
    ),
    gauge(
      "rollups_strikes",
      "How often the work of the worker is halved, as iterations were lost.",
      awakeBy("strikes", 1),
    ),
    gauge(
      "rollups_backlog_rows",
      "Rows of the log that are not folded, counted up to a bound.",
      perTenant(({ backlogRows }) => backlogRows),
    ),
    counter(
      "rollups_folds",
      "Folds.",
      perTenant(({ folds }) => folds),
    ),
    counter(
      "rollups_folded_changes",
      "Changes that every rollup has.",
      perTenant(({ foldedChanges }) => foldedChanges),
    ),
    gauge(
      "rollups_upkeep_used_bytes",
      "What folds took since the tenant's month began; a call counts as 10 KB.",
      perTenant(({ upkeepBytes }) => upkeepBytes),
    ),
    gauge(
      "rollups_upkeep_limit_bytes",
      "The budget of a tenant for a month.",
      upkeepBytesPerMonth === 0 ? [] : [{ value: upkeepBytesPerMonth }],
    ),
    gauge(
      "rollups_dead_letters",
      "Changes that were set aside, counted up to a bound.",
      perTenant(({ deadLetters }) => deadLetters),
    ),
    gauge(
      "rollups_repairs",
      "Buckets that wait to be restored, counted up to a bound.",
      perTenant(({ repairs }) => repairs),
    ),
    counter(
      "rollups_verification_passes",
      "Whole comparisons of tiles with the source.",
      perTenant(({ verification: one }) => one && one.passes),
    ),
    gauge(
      "rollups_verification_checked_cells",
      "Cells of the last whole pass.",
      perTenant(({ verification: one }) => one && one.checked),
    ),
    gauge(
      "rollups_verification_equal_cells",
      "Cells of the last whole pass that were what they must be.",
      perTenant(({ verification: one }) => one && one.equal),
    ),
    gauge(
      "rollups_verification_unchecked",
      "Buckets and records that the last whole pass could not check.",
      perTenant(({ verification: one }) => one && one.unchecked),
    ),
    gauge(
      "rollups_verification_finished_timestamp_seconds",
      "When the last whole pass was finished.",
      perTenant(({ verification: one }) =>
        one?.finishedAt == null ? null : one.finishedAt / 1000,
      ),
    ),
    gauge("rollups_tenants_awake", "Tenants whose workers may run.", [{ value: awake.length }]),
    gauge("rollups_tenants_unnamed", "Tenants among these that are not named.", [
      { value: others.length },
    ]),
    gauge("rollups_reading_cut", "1 where more tenants are awake than were looked at.", [
      { value: isCut ? 1 : 0 },
    ]),
    gauge("rollups_workers", "Workers that share what upkeep may write, about.", [
      { value: workers },
    ]),
    gauge("rollups_write_limit_bytes", "What all workers together may write in a second.", [
      { value: writeBytesPerSecond },
    ]),
    ...(verification === null
      ? []
      : [
          gauge(
            "rollups_verification_used_bytes",
            "What verification has used since its month began.",
            [{ value: verification.usedBytes }],
          ),
          gauge("rollups_verification_limit_bytes", "What verification may use in a month.", [
            { value: verification.bytesPerMonth },
          ]),
        ]),
  ];
}

function gauge(name: string, help: string, samples: Sample[]): Family {
  const unit = /_(seconds|bytes)$/.exec(name)?.[1] as "seconds" | "bytes" | undefined;
  return { name, type: "gauge", help, samples, ...(unit && { unit }) };
}

const counter = (name: string, help: string, samples: Sample[]): Family => ({
  name,
  type: "counter",
  help,
  samples,
});
