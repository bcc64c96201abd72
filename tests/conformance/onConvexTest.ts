/** The fixture app on convex-test, with the platform's limits enforced. */
import { convexTest } from "convex-test";
import counterSchema from "./fixture/convex/counter/schema.js";
import schema from "./fixture/convex/schema.js";
import type { Calls, Platform } from "./platform.js";

const appModules = import.meta.glob([
  "./fixture/convex/**/*.*s",
  "!./fixture/convex/counter/**",
  "!./fixture/convex/*.config.ts",
]);
const counterModules = import.meta.glob([
  "./fixture/convex/counter/**/*.*s",
  "!./fixture/convex/counter/convex.config.ts",
]);

/** convex-test knows no administrators: everybody may call everything. */
export function startOnConvexTest(): Platform {
  const t = convexTest({ schema, modules: appModules, transactionLimits: true });
  t.registerComponent("counter", counterSchema, counterModules);
  const callsOf = (caller: Pick<typeof t, "query" | "mutation" | "action">): Calls =>
    caller as unknown as Calls;
  return {
    name: "convex-test",
    nobody: callsOf(t),
    user: callsOf(t.withIdentity({ issuer: "https://issuer.test", subject: "ann", name: "Ann" })),
    admin: callsOf(t),
    fetch: (path, init) => t.fetch(path, init),
  };
}
