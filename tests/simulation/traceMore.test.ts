/** The other half of `trace.test.ts`, so that two cores share the worlds. */
import { traceSuite } from "./traces.js";

// One seed is replayed by trace.test.ts; here the fewest worlds that make a suite stand for it.
traceSuite(1001, process.env.SEED === undefined ? 1000 : 1);
