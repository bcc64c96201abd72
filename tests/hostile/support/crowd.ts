/**
 * A hundred tenants on one backend, each with values that appear nowhere else (canaries) in every text
 * that it stores, and callers of every kind.
 */
import { internal } from "../../../convex/_generated/api.js";
import type { MemberRole } from "../../../convex/access/membership.js";
import type { Dice } from "../../realData/random.js";
import { foldAll, startBackend, stockRow, watchRow, type Backend } from "../../convex/harness.js";
import { call } from "./publicFunctions.js";
import type { Place } from "./samples.js";

const TENANTS = 100;
/** So many tenants are folded, so that answers come from tiles, from tiles and tail, and from scans. */
const FOLDED = 6;
const ISSUER = "https://issuer.test";
const roles: readonly MemberRole[] = ["viewer", "editor", "admin", "service"];

export interface Person {
  /** What a failing request prints. */
  name: string;
  caller: Parameters<typeof call>[0];
  roles: ReadonlyMap<string, MemberRole>;
}

export interface Crowd {
  t: Backend;
  places: Place[];
  people: Person[];
}

/** The text that only tenant number `tenant` stores. */
export const canary = (tenant: number) => `canary-${tenant}-${(tenant * 7919 + 104_729) % 99_991}`;

/** Tenants whose canaries a text holds. */
export function canariesIn(text: string): number[] {
  return [...text.matchAll(/canary-(\d+)-/g)].map(([, tenant]) => Number(tenant));
}

export const tenantName = (tenant: number) => `t${String(tenant).padStart(3, "0")}`;

export async function gatherCrowd(): Promise<Crowd> {
  const t = startBackend();
  const places: Place[] = [];
  const people: Person[] = [];
  const person = async (subject: string, memberships: ReadonlyMap<string, MemberRole>) => {
    for (const [tenantId, role] of memberships) {
      const tokenIdentifier = `${ISSUER}|${subject}`;
      await t.mutation(internal.tenants.ensureMember, { tenantId, tokenIdentifier, role });
    }
    const caller = t.withIdentity({ issuer: ISSUER, subject });
    people.push({ name: subject, caller, roles: memberships });
    return caller;
  };
  for (let tenant = 0; tenant < TENANTS; tenant++) {
    const tenantId = tenantName(tenant);
    const timezone = tenant % 3 === 0 ? "Europe/Berlin" : "UTC";
    await t.mutation(internal.tenants.ensure, { tenantId, name: canary(tenant), timezone });
    const owner = await person(`owner-${tenant}`, new Map([[tenantId, "admin"]]));
    await person(`one-of-${tenant}`, new Map([[tenantId, roles[tenant % roles.length]!]]));
    places.push(await plant(owner, tenant));
    if (tenant < FOLDED) await foldAll(t, tenantId);
  }
  // Somebody who is a viewer here and an admin there must not mix the two up.
  await person(
    "both",
    new Map([
      [tenantName(1), "viewer"],
      [tenantName(2), "admin"],
    ] as const),
  );
  const impostor = (name: string, issuer: string, subject: string) =>
    people.push({ name, caller: t.withIdentity({ issuer, subject }), roles: new Map() });
  people.push({ name: "no token", caller: t, roles: new Map() });
  impostor("unknown subject", ISSUER, "nobody");
  impostor("foreign issuer", "https://evil.test", "owner-1");
  impostor("issuer of a prefix", "https://issuer.tes", "t|owner-1");
  impostor("issuer of two parts", `${ISSUER}|owner-1`, "");
  return { t, places, people };
}

async function plant(owner: Person["caller"], tenant: number): Promise<Place> {
  const tenantId = tenantName(tenant);
  const value = canary(tenant);
  const store = async (name: string, row: unknown) =>
    ((await call(owner, { name, kind: "mutation" }, { tenantId, row })) as { id: string }).id;
  const texts = { category: value, key: value };
  const watch = { ...texts, videoId: value, title: value, channel: value, viewer: value };
  const stock = { ...texts, product: value, warehouse: value };
  return {
    tenantId,
    watchId: await store("watch:record", watchRow({ ...watch, topics: [value] })),
    stockId: await store("inventory:record", stockRow({ ...stock, quantity: 100 + tenant })),
  };
}

/** Who calls, for which tenant, with whose records: mostly members, who get furthest. */
export function pickPlaces(random: Dice, { places, people }: Crowd) {
  const target = random.pick(places);
  const members = people.filter(({ roles }) => roles.has(target.tenantId));
  const caller = random.chance(0.6) ? random.pick(members) : random.pick(people);
  const impostor = random.chance(0.1) ? random.pick(people.slice(-6)) : caller;
  const ids = random.chance(0.3) ? random.pick(places) : target;
  // A record's id of another table.
  const swapped = random.chance(0.1);
  return {
    caller: impostor,
    place: {
      tenantId: random.chance(0.05)
        ? random.pick(["", "__proto__", "t00", "T001", "t001 ", ids.stockId])
        : target.tenantId,
      watchId: swapped ? ids.stockId : ids.watchId,
      stockId: swapped ? ids.watchId : ids.stockId,
    },
  };
}
