/** For apps that test with convex-test: `rollups.register(t)` mounts the component and its children. */
import aggregate from "@convex-dev/aggregate/test";
import batchWorker from "@convex-dev/batch-worker/test";
import type { GenericSchema, SchemaDefinition } from "convex/server";
import schema from "../../convex/components/rollups/schema.js";
import { modules } from "./modules.js";

/** What of a `convexTest(…)` is used. */
interface Registering {
  registerComponent(
    path: string,
    schema: SchemaDefinition<GenericSchema, boolean>,
    modules: Record<string, () => Promise<unknown>>,
  ): void;
}

/** Registers the component under the name of its mount in `convex.config.ts`. */
export function register(t: Registering, name = "rollups"): void {
  t.registerComponent(name, schema, modules);
  t.registerComponent(`${name}/batchWorker`, batchWorker.schema, batchWorker.modules);
  t.registerComponent(`${name}/aggregate`, aggregate.schema, aggregate.modules);
}

export { schema, modules };
export default { register, schema, modules };
