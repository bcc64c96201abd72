/**
 * A caller's lock, with all that comes of one: only apps that have callers with locks import it, so others load nothing
 * of it.
 */
import type { Catalogue } from "../../../lib/model/cube.js";
import type { Lock } from "../../../lib/query/question.js";
import { mustBeLock, seenThrough, type LockOptions } from "./lock.js";
import { answerOfLocked, boardOfLocked, explanationOfLocked, refusingLocked } from "./told.js";

/** What `lock` of `new Rollups(…)` returns for a caller whose questions are narrowed. */
export class CallerLock {
  /** A lock that is wrong in any part refuses its caller everything. */
  constructor(readonly told: LockOptions) {}

  /** How the class `Rollups` narrows. Throws `InvalidDefinition`, naming the place. */
  narrowing(cubes: Catalogue): Narrowing {
    return new Narrowing(mustBeLock(cubes, this.told));
  }
}

/** A lock that is checked. */
export class Narrowing {
  readonly answer = answerOfLocked;
  readonly board = boardOfLocked;
  readonly explanation = explanationOfLocked;
  readonly refusing = refusingLocked;

  constructor(readonly lock: Lock) {}

  /** The cubes as the caller sees them. */
  seen(cubes: Catalogue): Catalogue {
    return seenThrough(this.lock, cubes);
  }
}
