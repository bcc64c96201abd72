/**
 * Laws 1–6 and 9–11 in random worlds, checked after every step: `README.md` beside this file says
 * how to replay one.
 */
import { traceSuite } from "./traces.js";

traceSuite(1, 1000);
