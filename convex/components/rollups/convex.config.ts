import batchWorker from "@convex-dev/batch-worker/convex.config";
import { defineComponent } from "convex/server";

const component = defineComponent("rollups");
// One loop per tenant folds its change log into tiles.
component.use(batchWorker);

export default component;
