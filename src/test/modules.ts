/** The component's modules. Written by `npm run modules`. */
export const modules: Record<string, () => Promise<unknown>> = {
  "./component/_generated/api.js": () =>
    import("../../convex/components/rollups/_generated/api.js"),
  "./component/_generated/component.js": () =>
    import("../../convex/components/rollups/_generated/component.js"),
  "./component/_generated/dataModel.js": () =>
    import("../../convex/components/rollups/_generated/dataModel.js"),
  "./component/_generated/server.js": () =>
    import("../../convex/components/rollups/_generated/server.js"),
  "./component/admin.js": () => import("../../convex/components/rollups/admin.js"),
  "./component/advisor.js": () => import("../../convex/components/rollups/advisor.js"),
  "./component/aggregates.js": () => import("../../convex/components/rollups/aggregates.js"),
  "./component/alerts/check.js": () => import("../../convex/components/rollups/alerts/check.js"),
  "./component/alerts/deliver.js": () =>
    import("../../convex/components/rollups/alerts/deliver.js"),
  "./component/alerts/health.js": () => import("../../convex/components/rollups/alerts/health.js"),
  "./component/alerts/observe.js": () =>
    import("../../convex/components/rollups/alerts/observe.js"),
  "./component/alerts/rollupFreshness.js": () =>
    import("../../convex/components/rollups/alerts/rollupFreshness.js"),
  "./component/answers/answer.js": () =>
    import("../../convex/components/rollups/answers/answer.js"),
  "./component/answers/health.js": () =>
    import("../../convex/components/rollups/answers/health.js"),
  "./component/answers/lag.js": () => import("../../convex/components/rollups/answers/lag.js"),
  "./component/answers/ordersHealth.js": () =>
    import("../../convex/components/rollups/answers/ordersHealth.js"),
  "./component/answers/punctuality.js": () =>
    import("../../convex/components/rollups/answers/punctuality.js"),
  "./component/answers/queryCost.js": () =>
    import("../../convex/components/rollups/answers/queryCost.js"),
  "./component/answers/routes.js": () =>
    import("../../convex/components/rollups/answers/routes.js"),
  "./component/answers/tail.js": () => import("../../convex/components/rollups/answers/tail.js"),
  "./component/answers/tileLoad.js": () =>
    import("../../convex/components/rollups/answers/tileLoad.js"),
  "./component/app/app.js": () => import("../../convex/components/rollups/app/app.js"),
  "./component/app/config.js": () => import("../../convex/components/rollups/app/config.js"),
  "./component/app/ctx.js": () => import("../../convex/components/rollups/app/ctx.js"),
  "./component/app/cubes.js": () => import("../../convex/components/rollups/app/cubes.js"),
  "./component/app/once.js": () => import("../../convex/components/rollups/app/once.js"),
  "./component/app/pokeAlerts.js": () =>
    import("../../convex/components/rollups/app/pokeAlerts.js"),
  "./component/app/protocol.js": () => import("../../convex/components/rollups/app/protocol.js"),
  "./component/app/readings.js": () => import("../../convex/components/rollups/app/readings.js"),
  "./component/app/stored.js": () => import("../../convex/components/rollups/app/stored.js"),
  "./component/archives/archive.js": () =>
    import("../../convex/components/rollups/archives/archive.js"),
  "./component/archives/archiveFile.js": () =>
    import("../../convex/components/rollups/archives/archiveFile.js"),
  "./component/archives/archives.js": () =>
    import("../../convex/components/rollups/archives/archives.js"),
  "./component/archives/restoreFile.js": () =>
    import("../../convex/components/rollups/archives/restoreFile.js"),
  "./component/convex.config.js": () => import("../../convex/components/rollups/convex.config.js"),
  "./component/crons.js": () => import("../../convex/components/rollups/crons.js"),
  "./component/errors/clip.js": () => import("../../convex/components/rollups/errors/clip.js"),
  "./component/errors/errors.js": () => import("../../convex/components/rollups/errors/errors.js"),
  "./component/errors/platformLimits.js": () =>
    import("../../convex/components/rollups/errors/platformLimits.js"),
  "./component/expiry/boundary.js": () =>
    import("../../convex/components/rollups/expiry/boundary.js"),
  "./component/expiry/expire.js": () => import("../../convex/components/rollups/expiry/expire.js"),
  "./component/expiry/health.js": () => import("../../convex/components/rollups/expiry/health.js"),
  "./component/expiry/obstacle.js": () =>
    import("../../convex/components/rollups/expiry/obstacle.js"),
  "./component/explain.js": () => import("../../convex/components/rollups/explain.js"),
  "./component/feed.js": () => import("../../convex/components/rollups/feed.js"),
  "./component/fold/basis.js": () => import("../../convex/components/rollups/fold/basis.js"),
  "./component/fold/bites.js": () => import("../../convex/components/rollups/fold/bites.js"),
  "./component/fold/costs.js": () => import("../../convex/components/rollups/fold/costs.js"),
  "./component/fold/cubeFolds.js": () =>
    import("../../convex/components/rollups/fold/cubeFolds.js"),
  "./component/fold/definePlan.js": () =>
    import("../../convex/components/rollups/fold/definePlan.js"),
  "./component/fold/defineStep.js": () =>
    import("../../convex/components/rollups/fold/defineStep.js"),
  "./component/fold/derive.js": () => import("../../convex/components/rollups/fold/derive.js"),
  "./component/fold/foldPlan.js": () => import("../../convex/components/rollups/fold/foldPlan.js"),
  "./component/fold/foldState.js": () =>
    import("../../convex/components/rollups/fold/foldState.js"),
  "./component/fold/foldStep.js": () => import("../../convex/components/rollups/fold/foldStep.js"),
  "./component/fold/folder.js": () => import("../../convex/components/rollups/fold/folder.js"),
  "./component/fold/lifecycle.js": () =>
    import("../../convex/components/rollups/fold/lifecycle.js"),
  "./component/fold/pace.js": () => import("../../convex/components/rollups/fold/pace.js"),
  "./component/fold/page.js": () => import("../../convex/components/rollups/fold/page.js"),
  "./component/fold/plan.js": () => import("../../convex/components/rollups/fold/plan.js"),
  "./component/fold/reach.js": () => import("../../convex/components/rollups/fold/reach.js"),
  "./component/fold/rows.js": () => import("../../convex/components/rollups/fold/rows.js"),
  "./component/fold/step.js": () => import("../../convex/components/rollups/fold/step.js"),
  "./component/fold/turns.js": () => import("../../convex/components/rollups/fold/turns.js"),
  "./component/fold/view.js": () => import("../../convex/components/rollups/fold/view.js"),
  "./component/freshness.js": () => import("../../convex/components/rollups/freshness.js"),
  "./component/functions.js": () => import("../../convex/components/rollups/functions.js"),
  "./component/generations/candidate.js": () =>
    import("../../convex/components/rollups/generations/candidate.js"),
  "./component/generations/coverage.js": () =>
    import("../../convex/components/rollups/generations/coverage.js"),
  "./component/generations/declared.js": () =>
    import("../../convex/components/rollups/generations/declared.js"),
  "./component/generations/failState.js": () =>
    import("../../convex/components/rollups/generations/failState.js"),
  "./component/generations/generation.js": () =>
    import("../../convex/components/rollups/generations/generation.js"),
  "./component/generations/stamp.js": () =>
    import("../../convex/components/rollups/generations/stamp.js"),
  "./component/generations/states.js": () =>
    import("../../convex/components/rollups/generations/states.js"),
  "./component/health.js": () => import("../../convex/components/rollups/health.js"),
  "./component/held/catalog.js": () => import("../../convex/components/rollups/held/catalog.js"),
  "./component/held/keys.js": () => import("../../convex/components/rollups/held/keys.js"),
  "./component/held/secret.js": () => import("../../convex/components/rollups/held/secret.js"),
  "./component/held/sizes.js": () => import("../../convex/components/rollups/held/sizes.js"),
  "./component/held/tail.js": () => import("../../convex/components/rollups/held/tail.js"),
  "./component/held/tiles.js": () => import("../../convex/components/rollups/held/tiles.js"),
  "./component/imports.js": () => import("../../convex/components/rollups/imports.js"),
  "./component/limits/advisor.js": () =>
    import("../../convex/components/rollups/limits/advisor.js"),
  "./component/limits/alerts.js": () => import("../../convex/components/rollups/limits/alerts.js"),
  "./component/limits/answers.js": () =>
    import("../../convex/components/rollups/limits/answers.js"),
  "./component/limits/cost.js": () => import("../../convex/components/rollups/limits/cost.js"),
  "./component/limits/fold.js": () => import("../../convex/components/rollups/limits/fold.js"),
  "./component/limits/held.js": () => import("../../convex/components/rollups/limits/held.js"),
  "./component/limits/limits.js": () => import("../../convex/components/rollups/limits/limits.js"),
  "./component/limits/log.js": () => import("../../convex/components/rollups/limits/log.js"),
  "./component/limits/metrics.js": () =>
    import("../../convex/components/rollups/limits/metrics.js"),
  "./component/limits/orders.js": () => import("../../convex/components/rollups/limits/orders.js"),
  "./component/limits/patterns.js": () =>
    import("../../convex/components/rollups/limits/patterns.js"),
  "./component/limits/rollout.js": () =>
    import("../../convex/components/rollups/limits/rollout.js"),
  "./component/limits/verification.js": () =>
    import("../../convex/components/rollups/limits/verification.js"),
  "./component/log/append.js": () => import("../../convex/components/rollups/log/append.js"),
  "./component/log/cubeLog.js": () => import("../../convex/components/rollups/log/cubeLog.js"),
  "./component/log/part.js": () => import("../../convex/components/rollups/log/part.js"),
  "./component/log/positions.js": () => import("../../convex/components/rollups/log/positions.js"),
  "./component/log/reader.js": () => import("../../convex/components/rollups/log/reader.js"),
  "./component/metrics.js": () => import("../../convex/components/rollups/metrics.js"),
  "./component/order/answer.js": () => import("../../convex/components/rollups/order/answer.js"),
  "./component/order/compare.js": () => import("../../convex/components/rollups/order/compare.js"),
  "./component/order/plan.js": () => import("../../convex/components/rollups/order/plan.js"),
  "./component/order/states.js": () => import("../../convex/components/rollups/order/states.js"),
  "./component/order/step.js": () => import("../../convex/components/rollups/order/step.js"),
  "./component/order/trees.js": () => import("../../convex/components/rollups/order/trees.js"),
  "./component/orders.js": () => import("../../convex/components/rollups/orders.js"),
  "./component/patterns/patterns.js": () =>
    import("../../convex/components/rollups/patterns/patterns.js"),
  "./component/patterns/report.js": () =>
    import("../../convex/components/rollups/patterns/report.js"),
  "./component/patterns/rollUp.js": () =>
    import("../../convex/components/rollups/patterns/rollUp.js"),
  "./component/repairs/bucketReader.js": () =>
    import("../../convex/components/rollups/repairs/bucketReader.js"),
  "./component/repairs/largeBucket.js": () =>
    import("../../convex/components/rollups/repairs/largeBucket.js"),
  "./component/repairs/plan.js": () => import("../../convex/components/rollups/repairs/plan.js"),
  "./component/repairs/queue.js": () => import("../../convex/components/rollups/repairs/queue.js"),
  "./component/repairs/repair.js": () =>
    import("../../convex/components/rollups/repairs/repair.js"),
  "./component/repairs/restoreLarge.js": () =>
    import("../../convex/components/rollups/repairs/restoreLarge.js"),
  "./component/retention/expire.js": () =>
    import("../../convex/components/rollups/retention/expire.js"),
  "./component/retention/keep.js": () =>
    import("../../convex/components/rollups/retention/keep.js"),
  "./component/retention/restore.js": () =>
    import("../../convex/components/rollups/retention/restore.js"),
  "./component/rollout/compare.js": () =>
    import("../../convex/components/rollups/rollout/compare.js"),
  "./component/rollout/record.js": () =>
    import("../../convex/components/rollups/rollout/record.js"),
  "./component/rollout/review.js": () =>
    import("../../convex/components/rollups/rollout/review.js"),
  "./component/rollout/stages.js": () =>
    import("../../convex/components/rollups/rollout/stages.js"),
  "./component/schema/alerts.js": () => import("../../convex/components/rollups/schema/alerts.js"),
  "./component/schema/defineJob.js": () =>
    import("../../convex/components/rollups/schema/defineJob.js"),
  "./component/schema/foldJob.js": () =>
    import("../../convex/components/rollups/schema/foldJob.js"),
  "./component/schema/imports.js": () =>
    import("../../convex/components/rollups/schema/imports.js"),
  "./component/schema/patterns.js": () =>
    import("../../convex/components/rollups/schema/patterns.js"),
  "./component/schema/requests.js": () =>
    import("../../convex/components/rollups/schema/requests.js"),
  "./component/schema/rollout.js": () =>
    import("../../convex/components/rollups/schema/rollout.js"),
  "./component/schema/tables.js": () => import("../../convex/components/rollups/schema/tables.js"),
  "./component/schema/toldApp.js": () =>
    import("../../convex/components/rollups/schema/toldApp.js"),
  "./component/schema/validators.js": () =>
    import("../../convex/components/rollups/schema/validators.js"),
  "./component/schema/work.js": () => import("../../convex/components/rollups/schema/work.js"),
  "./component/sources/scan.js": () => import("../../convex/components/rollups/sources/scan.js"),
  "./component/sources/sourceFrom.js": () =>
    import("../../convex/components/rollups/sources/sourceFrom.js"),
  "./component/start.js": () => import("../../convex/components/rollups/start.js"),
  "./component/tiles/store.js": () => import("../../convex/components/rollups/tiles/store.js"),
  "./component/transaction/budget.js": () =>
    import("../../convex/components/rollups/transaction/budget.js"),
  "./component/verification/account.js": () =>
    import("../../convex/components/rollups/verification/account.js"),
  "./component/verification/chain.js": () =>
    import("../../convex/components/rollups/verification/chain.js"),
  "./component/verification/check.js": () =>
    import("../../convex/components/rollups/verification/check.js"),
  "./component/verification/cursor.js": () =>
    import("../../convex/components/rollups/verification/cursor.js"),
  "./component/verification/due.js": () =>
    import("../../convex/components/rollups/verification/due.js"),
  "./component/verification/findings.js": () =>
    import("../../convex/components/rollups/verification/findings.js"),
  "./component/verification/health.js": () =>
    import("../../convex/components/rollups/verification/health.js"),
  "./component/verification/levelWindow.js": () =>
    import("../../convex/components/rollups/verification/levelWindow.js"),
  "./component/verification/look.js": () =>
    import("../../convex/components/rollups/verification/look.js"),
  "./component/verification/pass.js": () =>
    import("../../convex/components/rollups/verification/pass.js"),
  "./component/verification/record.js": () =>
    import("../../convex/components/rollups/verification/record.js"),
  "./component/verification/sourceWindow.js": () =>
    import("../../convex/components/rollups/verification/sourceWindow.js"),
  "./component/verification/tileCells.js": () =>
    import("../../convex/components/rollups/verification/tileCells.js"),
  "./component/verification/verified.js": () =>
    import("../../convex/components/rollups/verification/verified.js"),
  "./component/wake/awake.js": () => import("../../convex/components/rollups/wake/awake.js"),
  "./component/wake/status.js": () => import("../../convex/components/rollups/wake/status.js"),
  "./component/wake/wake.js": () => import("../../convex/components/rollups/wake/wake.js"),
  "./component/worker/kick.js": () => import("../../convex/components/rollups/worker/kick.js"),
  "./component/worker/nextWork.js": () =>
    import("../../convex/components/rollups/worker/nextWork.js"),
  "./component/worker/settled.js": () =>
    import("../../convex/components/rollups/worker/settled.js"),
  "./component/worker/upkeep.js": () => import("../../convex/components/rollups/worker/upkeep.js"),
  "./component/worker/watch.js": () => import("../../convex/components/rollups/worker/watch.js"),
  "./component/worker/worker.js": () => import("../../convex/components/rollups/worker/worker.js"),
};
