// @vitest-environment edge-runtime
/**
 * Law 11, by volume: ten thousand seeded hostile requests by members, impostors and strangers over
 * every public function of a backend with a hundred tenants. Nobody ever sees another tenant's canary,
 * every failure is a coded refusal or Convex's own refusal of arguments, and nothing is logged.
 *
 * A failing request prints its seed; `HOSTILE_SEED=<seed> npx vitest run tests/hostile/requests.test.ts`
 * sends that one alone.
 */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { allowed } from "../../convex/access/membership.js";
import { accessRules } from "../../convex/access/rules.js";
import { dice, type Dice } from "../realData/random.js";
import {
  canariesIn,
  gatherCrowd,
  pickPlaces,
  tenantName,
  type Crowd,
  type Person,
} from "./support/crowd.js";
import { CODES, outcomeOf, type Outcome } from "./support/outcome.js";
import {
  call,
  fits,
  needOf,
  publicFunctions,
  type PublicFunction,
} from "./support/publicFunctions.js";
import { absurdQuery } from "./support/queries.js";
import { samples } from "./support/samples.js";
import { corruptArguments } from "./support/values.js";

const REQUESTS = 10_000;
const only = process.env.HOSTILE_SEED;
/** A refusal with all that it says, such as why each rollup cannot answer. */
const REFUSAL_CHARACTERS_MAX = 20_000;

let crowd: Crowd;
const logged: unknown[][] = [];

beforeAll(async () => {
  crowd = await gatherCrowd();
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...args: unknown[]) => void logged.push(args));
  }
});

afterAll(() => vi.restoreAllMocks());

interface Request {
  caller: Person;
  one: PublicFunction;
  args: unknown;
}

function requestOf(random: Dice): Request {
  const { caller, place } = pickPlaces(random, crowd);
  const one = random.pick(publicFunctions);
  const good = samples[one.name]!(place);
  const asked =
    "query" in good && random.chance(0.5) ? { ...good, query: absurdQuery(random) } : good;
  // Most attacks are good requests in one respect bad; some are good, by callers who may not.
  const rounds = random.pick([0, 0, 1, 1, 2, 3]);
  let args: unknown = asked;
  for (let round = 0; round < rounds; round++) {
    args = corruptArguments(random, args);
  }
  return { caller, one, args };
}

/** What is wrong with the outcome of a request, or null. */
function complaint({ caller, one, args }: Request, outcome: Outcome): string | null {
  const shown = textOf(outcome.kind === "crash" ? String(outcome.error) : outcome);
  const excerpt = shown.slice(0, 500);
  const foreign = canariesIn(shown).filter((tenant) => !caller.roles.has(tenantName(tenant)));
  if (foreign.length > 0) return `shows what tenant ${foreign[0]} stored: ${excerpt}`;
  const tenantId = (args as { tenantId?: unknown } | null)?.tenantId;
  const rule = needOf(accessRules[one.name]!);
  const role = typeof tenantId === "string" ? caller.roles.get(tenantId) : undefined;
  const may =
    rule === "caller" ||
    (role !== undefined && (allowed[role] as readonly string[]).includes(rule));
  switch (outcome.kind) {
    case "crash":
      // convex-test stumbles over some values when it words its refusal of arguments.
      return fits(one.args, args) ? `crashed: ${excerpt}` : null;
    case "arguments":
      return fits(one.args, args) ? `failed a validator on good arguments: ${excerpt}` : null;
    case "refused":
      if (!CODES.has(outcome.code)) return `was refused with unknown code ${outcome.code}`;
      if (shown.length > REFUSAL_CHARACTERS_MAX)
        return `was refused at a length of ${shown.length}`;
      return may || outcome.code === "Forbidden" ? null : `told a stranger ${excerpt}`;
    case "value": {
      if (!may) return "was answered to somebody who may not ask";
      const owner = ownerOf((args as { id?: unknown }).id);
      return owner === undefined || owner === tenantId ? null : `changed a record of ${owner}`;
    }
  }
}

/** The tenant that a planted record belongs to. */
function ownerOf(id: unknown): string | undefined {
  return crowd.places.find(({ watchId, stockId }) => id === watchId || id === stockId)?.tenantId;
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "bigint" ? String(item) : item,
  );
}

test(`${REQUESTS} hostile requests: no foreign value, no crash, every refusal coded`, async () => {
  const before = await foreignState();
  const outcomes = new Map<string, number>();
  const called = new Set<string>();
  const seeds =
    only === undefined ? Array.from({ length: REQUESTS }, (_, i) => i + 1) : [Number(only)];
  for (const seed of seeds) {
    const request = requestOf(dice(seed * 2_654_435_761));
    const { one, caller, args } = request;
    const outcome = await outcomeOf(call(caller.caller, one, args));
    const wrong = complaint(request, outcome);
    if (wrong !== null) {
      const sent = textOf(args)?.slice(0, 1000);
      throw new Error(`HOSTILE_SEED=${seed}: ${one.name} by ${caller.name} ${wrong}\nsent ${sent}`);
    }
    called.add(one.name);
    const name = outcome.kind === "refused" ? outcome.code : outcome.kind;
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
  }
  expect(logged).toEqual([]);
  if (only !== undefined) return;
  expect(called.size).toBe(publicFunctions.length);
  // The attack reaches past the door: values, refusals of every layer, and refusals at the door.
  for (const name of ["value", "arguments", "Forbidden", "InvalidQuery", "InvalidRow"]) {
    expect(outcomes.get(name) ?? 0, name).toBeGreaterThan(REQUESTS / 200);
  }
  expect(await foreignState()).toEqual(before);
}, 180_000);

/** Names, zones and memberships of all tenants: nothing public may change them. */
async function foreignState() {
  return await crowd.t.run(async (ctx) => ({
    tenants: await ctx.db.query("tenants").collect(),
    memberships: await ctx.db.query("memberships").collect(),
  }));
}
