/** Random traces: what happens, how often, and with which values. */
import { Dice } from "../random.js";
import { catalogues, expiring, limited } from "../source/cubes.js";
import {
  anySale,
  anyVisit,
  instants,
  lateInstants,
  values,
  zones,
  type Row,
} from "../source/rows.js";
import type {
  Between,
  CheckLimits,
  Edit,
  IterationLimits,
  Step,
  Tampering,
  Trace,
  Write,
} from "./steps.js";

/** Before, between and after most records. */
const clocks = [
  "2024-12-31T20:00Z",
  "2025-01-20T00:00Z",
  "2025-04-10T12:00Z",
  "2025-11-05T06:00Z",
].map((text) => Date.parse(text));

export function generateTrace(seed: number, length: number): Trace {
  const dice = new Dice(seed);
  // A few instants per world, so that records meet.
  const times = Array.from({ length: 3 + dice.below(5) }, () => dice.pick(instants));
  // Where records have expired definitions go on changing: in some worlds nothing else happens.
  const isExpiring = dice.chance(0.2);
  // Deploys go back and forth between few versions.
  const versions = Array.from({ length: 3 }, () =>
    isExpiring
      ? dice.pick(expiring)
      : dice.chance(0.3)
        ? dice.pick(limited)
        : dice.below(catalogues.length),
  );
  return {
    seed,
    zones: [dice.pick(zones), dice.pick(zones)],
    otherZones: [dice.some(zones, 0.3), dice.some(zones, 0.3)],
    clock: dice.pick(isExpiring ? clocks.slice(2) : clocks),
    version: versions[0]!,
    cells: dice.pick([3, 5, 256]),
    steps: Array.from({ length }, () => anyStep(dice, times, versions)),
  };
}

function anyStep(dice: Dice, times: readonly number[], versions: readonly number[]): Step {
  const ask = dice.next();
  const tenant = dice.below(2);
  const limits = anyLimits(dice);
  switch (
    dice.weighted([
      [36, "write"],
      [28, "fold"],
      [8, "plan"],
      [9, "work"],
      [3, "crash"],
      [4, "again"],
      [5, "race"],
      [1.2, "deploy"],
      [0.8, "zone"],
      [0.8, "zones"],
      [1.5, "wait"],
      [1.7, "expire"],
      [1, "flag"],
      [0.7, "rebuild"],
      [0.6, "refresh"],
      [0.4, "verify"],
      [0.4, "drift"],
      [1.5, "drain"],
    ] as const)
  ) {
    case "write":
      return { ask, do: "write", ...anyWrite(dice, times) };
    case "fold":
      return { ask, do: "fold", tenant, limits };
    case "plan":
      return { ask, do: "plan", tenant, limits };
    case "work":
      return { ask, do: "work", tenant, limits };
    case "crash":
      return { ask, do: "crash", tenant, working: dice.chance(0.5) };
    case "again":
      return { ask, do: "again", tenant };
    case "race": {
      const first = dice.pick(["worker", "writer"] as const);
      return { ask, do: "race", tenant, first, write: anyWrite(dice, times), limits };
    }
    case "deploy":
      return { ask, do: "deploy", version: dice.pick(versions) };
    case "zone":
      return { ask, do: "zone", tenant, zone: dice.pick(zones) };
    case "wait":
      return { ask, do: "wait", days: dice.pick([1, 4, 8, 8, 30, 60]), isQuiet: dice.chance(0.35) };
    case "expire":
      return { ask, do: "expire", tenant, runs: 1 + dice.below(3), isQuiet: dice.chance(0.7) };
    case "zones":
      return { ask, do: "zones", tenant, zones: dice.some(zones, 0.3) };
    case "flag":
      return { ask, do: "flag", tenant, mode: dice.pick(["on", "off"] as const) };
    case "rebuild": {
      const cube = dice.chance(0.5) ? { cube: dice.pick(["sales", "visits"]) } : {};
      return { ask, do: "rebuild", tenant, ...cube };
    }
    case "refresh": {
      const cube = dice.chance(0.8) ? "sales" : "visits";
      const day = new Date(dice.pick(times)).toISOString().slice(0, 10);
      return { ask, do: "refresh", tenant, cube, dateRange: [day, day] };
    }
    case "verify":
      return { ask, do: "verify", tenant, ...anyVerification(dice, times) };
    case "drift": {
      const raw = Array.from({ length: 1 + dice.below(4) }, () =>
        anyTampering(dice, times, tenant),
      );
      const write = anyWrite(dice, times);
      // What is taken out of tiles that do not hold it cannot be folded.
      const removals = Array.from({ length: 1 + dice.below(4) }, (): Edit => {
        return { op: "delete", tenant, pick: dice.below(64) };
      });
      const edits = dice.chance(0.5) ? write.edits : removals;
      return {
        ...{ ask, do: "drift", tenant, raw, write: { ...write, edits }, early: dice.chance(0.4) },
        limits: anyVerification(dice, times).limits,
        repairs: dice.chance(0.5) ? {} : anyRestoring(dice),
      };
    }
    case "drain":
      return { ask, do: "drain", tenant, limits };
  }
}

/** Half of all iterations are roomy; the others stop early, each for a reason of its own. */
function anyLimits(dice: Dice): IterationLimits {
  if (dice.chance(0.4))
    return { page: 1 + dice.below(6), ...(dice.chance(0.1) ? { trim: 200 } : {}) };
  const limits: IterationLimits = { bite: 1 + dice.below(3), page: 1 + dice.below(3) };
  if (dice.chance(0.7)) limits.work = dice.pick([0, 500, 2000, 8000, 30_000]);
  if (dice.chance(0.5)) limits.costChanges = 1 + dice.below(4);
  if (dice.chance(0.6)) limits.looks = dice.below(3);
  if (dice.chance(0.3)) limits.changes = 1 + dice.below(4);
  if (dice.chance(0.3)) limits.rows = 1 + dice.below(3);
  if (dice.chance(0.1)) limits.bytes = 1;
  if (dice.chance(0.2)) limits.trim = 1 + dice.below(3);
  if (dice.chance(0.3)) limits.sweep = 1 + dice.below(3);
  if (dice.chance(0.3)) limits.repairs = 1;
  if (dice.chance(0.15)) Object.assign(limits, anyRestoring(dice));
  if (dice.chance(0.3)) limits.share = dice.pick([0.1, 0.04]);
  return limits;
}

/** Most buckets are too large to be restored at once. */
function anyRestoring(dice: Dice): IterationLimits {
  return {
    repairRecords: 1 + dice.below(2),
    restoredRecords: 2 + dice.below(3),
    restoredCells: 4 + dice.below(5),
  };
}

/** Half of all passes go by small steps, and others write, and the worker works, in between. */
function anyVerification(
  dice: Dice,
  times: readonly number[],
): { limits: CheckLimits; between: Between[] } {
  if (dice.chance(0.4)) return { limits: {}, between: [] };
  const limits: CheckLimits = { pieceRecords: 1 + dice.below(3) };
  if (dice.chance(0.4)) limits.tileBytes = 1 + dice.below(2000);
  if (dice.chance(0.3)) limits.chunks = 1;
  if (dice.chance(0.3)) limits.drifts = 1 + dice.below(2);
  if (dice.chance(0.3)) limits.extremeCells = 14 + dice.below(8);
  const between = Array.from({ length: dice.below(12) }, (): Between => {
    return dice.chance(0.7)
      ? { write: anyWrite(dice, times) }
      : { fold: dice.chance(0.5) ? {} : anyLimits(dice) };
  });
  return { limits, between };
}

function anyWrite(dice: Dice, times: readonly number[]): Write {
  const edits = dice.chance(0.12) ? transfer(dice, times) : [];
  const count = dice.weighted([
    [55, 1],
    [35, 2 + dice.below(3)],
    [10, 5 + dice.below(5)],
  ]);
  // A commit mostly belongs to one tenant.
  const tenant = dice.below(2);
  while (edits.length < count)
    edits.push(anyEdit(dice, times, dice.chance(0.9) ? tenant : 1 - tenant));
  return {
    edits,
    rowChanges: dice.weighted([
      [60, 512],
      [40, 1 + dice.below(3)],
    ]),
    later: dice.chance(0.4) ? 0 : 1 + dice.below(3),
  };
}

function anyEdit(dice: Dice, times: readonly number[], tenant: number): Edit {
  const pick = dice.chance(0.25) ? -1 : dice.below(64);
  const time = () => dice.pick(dice.chance(0.08) ? lateInstants : times);
  switch (
    dice.weighted([
      [42, "insert"],
      [12, "measure"],
      [12, "key"],
      [4, "whole"],
      [3, "touch"],
      [21, "delete"],
      [6, "move"],
      [3, "leave"],
      [3, "enter"],
    ] as const)
  ) {
    case "leave":
      return { op: "leave", tenant, pick, replace: dice.chance(0.3) };
    case "enter":
      return {
        ...{ op: "enter", tenant, pick },
        set: dice.chance(0.5) ? { quantity: dice.pick(values.quantity), at: time() } : {},
      };
    case "insert": {
      const isSale = dice.chance(0.85);
      const row = isSale ? anySale(dice, [time()]) : anyVisit(dice, [time()]);
      return { op: "insert", tenant, cube: isSale ? "sales" : "visits", row };
    }
    case "measure": {
      const set: Partial<Row> = {};
      if (dice.chance(0.5)) set.price = dice.pick(values.price);
      if (dice.chance(0.5)) set.quantity = dice.pick(values.quantity);
      if (dice.chance(0.5)) set.size = dice.pick(values.size);
      if (dice.chance(0.5)) set.weight = dice.pick(values.weight);
      set.stay = dice.pick(values.stay);
      return { op: "update", tenant, pick, set };
    }
    case "key": {
      const set: Partial<Row> = {};
      if (dice.chance(0.4)) set.at = time();
      if (dice.chance(0.4)) set.category = dice.pick(values.category);
      if (dice.chance(0.4)) set.warehouse = dice.pick(values.warehouse);
      if (dice.chance(0.4)) set.topics = [...dice.pick(values.topics)];
      if (dice.chance(0.4)) set.person = dice.pick(values.person);
      set.page = dice.pick(values.page);
      return { op: "update", tenant, pick, set };
    }
    case "whole": {
      const set = { ...anySale(dice, [time()]), ...anyVisit(dice, [time()]) };
      return { op: "update", tenant, pick, set, replace: true };
    }
    case "touch":
      return { op: "update", tenant, pick, set: { note: dice.below(1000) } };
    case "delete":
      return { op: "delete", tenant, pick };
    case "move":
      return { op: "move", tenant, pick };
  }
}

function anyTampering(dice: Dice, times: readonly number[], tenant: number): Tampering {
  const pick = dice.below(64);
  if (dice.chance(0.2)) return { op: "dropTile", pick };
  if (dice.chance(0.3)) {
    return { op: "alterTile", pick, column: dice.below(64), slot: dice.below(64) };
  }
  const edit = anyEdit(dice, times, tenant);
  const isMove = edit.op === "move" || edit.op === "leave" || edit.op === "enter";
  return isMove ? { op: "delete", tenant, pick } : edit;
}

/** Goods go from one warehouse to another, in one commit. */
function transfer(dice: Dice, times: readonly number[]): Edit[] {
  const tenant = dice.below(2);
  const row = { ...anySale(dice, times), quantity: 3 };
  return [
    { op: "insert", tenant, cube: "sales", row: { ...row, warehouse: "x", quantity: -3 } },
    { op: "insert", tenant, cube: "sales", row: { ...row, warehouse: "y" } },
  ];
}
