import aggregate from "@convex-dev/aggregate/convex.config";
import batchWorker from "@convex-dev/batch-worker/convex.config";
import { defineComponent } from "convex/server";

const component = defineComponent("rollups");
// One loop per tenant folds its change log into tiles, and into the trees of order statistics.
component.use(batchWorker);
component.use(aggregate);

export default component;
