/** The other half of `trace.test.ts`, so that two cores share the worlds. */
import { describe } from "vitest";
import { traceSuite } from "./traces";

if (process.env.SEED === undefined) traceSuite(1001, 1000);
else describe.skip("one seed is replayed by trace.test.ts", () => undefined);
