/** Every conformance case, by subject. */
import type { Case } from "../platform";
import { callCases } from "./calls";
import { componentCases } from "./components";
import { executionCases } from "./execution";
import { filterCases } from "./filters";
import { httpAndFileCases } from "./httpAndFiles";
import { identityCases } from "./identity";
import { jobCases } from "./jobs";
import { limitCases } from "./limits";
import { orderCases } from "./order";
import { pageCases } from "./pages";
import { queryCases } from "./queries";
import { stampCases } from "./stamps";
import { usageCases } from "./usage";
import { validationCases } from "./validation";
import { valueCases } from "./values";
import { writeCases } from "./writes";

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
