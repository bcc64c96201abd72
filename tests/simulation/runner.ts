/** Runs traces: a step, then every check, until the end or until a law breaks. */
import { askAnything, askAside, checkConservation } from "./checks/answers.js";
import { checkQuiet, checkTiles } from "./checks/tiles.js";
import { deploy } from "./backend/deployment.js";
import type { Coverage } from "./coverage.js";
import { Dice } from "./random.js";
import { catalogues } from "./source/cubes.js";
import type { Step, Trace } from "./world/steps.js";
import { Broken } from "./world/rules.js";
import { World } from "./world/world.js";

const deployments = catalogues.map(deploy);

/** Where a trace broke, and how. */
export interface Breakage {
  step: number;
  message: string;
}

/** A world before its first step. */
export async function openWorld(trace: Trace): Promise<World> {
  const world = new World(trace, deployments);
  await world.open();
  return world;
}

/** Runs a trace; null when every law holds after every step. */
export async function runTrace(trace: Trace, coverage?: Coverage): Promise<Breakage | null> {
  const world = await openWorld(trace);
  const { now } = Date;
  Date.now = () => world.clock;
  let at = 0;
  try {
    for (const step of trace.steps) {
      await world.run(step);
      await check(world, step, new Dice(step.ask), coverage);
      at++;
    }
    for (const tenant of [0, 1]) {
      await world.run({ do: "drain", tenant, limits: {}, ask: 1 });
      checkQuiet(world, tenant);
    }
  } catch (error) {
    const { message, stack } = error as Error;
    return { step: at, message: error instanceof Broken ? message : (stack ?? message) };
  } finally {
    Date.now = now;
  }
  if (coverage !== undefined) coverage.worlds++;
  return null;
}

const ASIDE = 0x5eed;

async function check(
  world: World,
  step: Step,
  dice: Dice,
  coverage: Coverage | undefined,
): Promise<void> {
  const { do: did } = step;
  if (coverage !== undefined) {
    coverage.steps++;
    coverage.event(did);
    for (const event of new Set(world.events)) coverage.event(event);
  }
  // Whoever was touched is asked again; at least one question is asked after every step.
  const touched = [...world.touched];
  for (const tenant of touched) {
    if ((did === "drain" || did === "drift") && tenant === step.tenant) {
      checkQuiet(world, tenant);
      await checkConservation(world, tenant);
    } else if (did !== "write" && dice.chance(0.3)) checkTiles(world, tenant);
  }
  const questions = touched.length > 1 || dice.chance(0.4) ? 2 : 1;
  for (let i = 0; i < questions; i++) {
    const isOther = touched.length === 0 || dice.chance(0.1);
    const tenant = isOther ? dice.below(2) : touched[i % touched.length]!;
    const asked = await askAnything(world, tenant, dice, "live");
    coverage?.asked(world, asked);
  }
  if (dice.chance(0.35)) {
    const tenant = touched.length === 0 ? dice.below(2) : dice.pick(touched);
    const asked = await askAnything(world, tenant, dice, "folded");
    coverage?.asked(world, asked);
  }
  // Dice of their own: the questions of traces that were kept earlier stay what they were.
  const aside = new Dice(step.ask ^ ASIDE);
  if (aside.chance(0.3)) {
    const tenant = touched.length === 0 ? aside.below(2) : aside.pick(touched);
    const asked = await askAside(world, tenant, aside);
    coverage?.asked(world, asked);
  }
}
