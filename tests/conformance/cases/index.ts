/** Every conformance case, by subject. */
import type { Case } from "../platform.js";
import { callCases } from "./calls.js";
import { componentCases } from "./components.js";
import { executionCases } from "./execution.js";
import { filterCases } from "./filters.js";
import { httpAndFileCases } from "./httpAndFiles.js";
import { identityCases } from "./identity.js";
import { jobCases } from "./jobs.js";
import { limitCases } from "./limits.js";
import { orderCases } from "./order.js";
import { pageCases } from "./pages.js";
import { queryCases } from "./queries.js";
import { stampCases } from "./stamps.js";
import { usageCases } from "./usage.js";
import { validationCases } from "./validation.js";
import { valueCases } from "./values.js";
import { writeCases } from "./writes.js";

export const suites: Record<string, readonly Case[]> = {
  values: valueCases,
  order: orderCases,
  queries: queryCases,
  filters: filterCases,
  pages: pageCases,
  writes: writeCases,
  validation: validationCases,
  calls: callCases,
  execution: executionCases,
  "commit timestamps": stampCases,
  usage: usageCases,
  limits: limitCases,
  "scheduled functions": jobCases,
  components: componentCases,
  identity: identityCases,
  "HTTP actions and files": httpAndFileCases,
};
