/** What happens to the backend meanwhile: kill -9 and restart, and pushes of changed definitions. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CrashingBackend } from "../recovery/crash.js";
import type { Dice } from "../realData/random.js";
import type { App } from "./app.js";
import { changedDefinitions, shippedDefinitions, type Definitions } from "./definitions.js";
import type { Findings } from "./findings.js";

export interface Weather {
  /** Between two kills passes a time of at least and less than … */
  calmMs: readonly [number, number];
  /** Between two pushes passes at least … */
  pushEveryMs: number;
}

/** Every so many pushes the backend is killed in the middle of one. */
const INTERRUPTED_SHARE = 1 / 3;
/** A push takes about so long. */
const PUSH_MS = 5000;

/** Rages until then; the backend runs when it is over. Resolves to the definitions pushed last. */
export async function rage(
  backend: CrashingBackend,
  app: App,
  until: number,
  { calmMs: [least, most], pushEveryMs }: Weather,
  { findings, random, note }: { findings: Findings; random: Dice; note: (text: string) => void },
): Promise<Definitions> {
  let definitions = shippedDefinitions();
  let pushAt = Date.now() + pushEveryMs / 2;

  async function crash(): Promise<void> {
    await backend.kill();
    await backend.restart();
    findings.counts.kills++;
  }

  async function push(): Promise<void> {
    const changed = changedDefinitions(random);
    definitions = changed.definitions;
    note(`pushing: ${changed.names.join(", ") || "as shipped"}`);
    const pushing = app.push(backend, definitions).then(
      () => true,
      () => false,
    );
    if (random.chance(INTERRUPTED_SHARE)) {
      await sleep(random.below(PUSH_MS));
      await crash();
    }
    if (!(await pushing)) {
      findings.counts.pushesInterrupted++;
      await app.push(backend, definitions);
    }
    findings.counts.pushes++;
  }

  while (Date.now() < until) {
    await sleep(least + random.below(most - least));
    if (Date.now() < pushAt) await crash();
    else {
      await push();
      pushAt = Date.now() + pushEveryMs;
    }
  }
  return definitions;
}
