import { defineApp } from "convex/server";
import rollups from "convex-rollups/convex.config";

const app = defineApp();
app.use(rollups);
export default app;
