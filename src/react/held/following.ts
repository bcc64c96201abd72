/** The answer of an entry, kept up by the cells that change; what has no inverse is evaluated again. */
import { changedCells, type CellChange, type Seen } from "../../../lib/answer/changedCells.js";
import { evaluate } from "../../../lib/answer/evaluate.js";
import { FollowedAnswer } from "../../../lib/answer/followedAnswer.js";
import type { HeldTail } from "../../../lib/answer/heldTail.js";
import { mustFitAnswer, type Answer } from "../../../lib/query/answer.js";
import { joinAnswers } from "../../../lib/query/question.js";
import { tilesOf } from "./answer.js";
import type { HeldBlocks, Part } from "./HeldBlocks.js";
import type { Route, Routes } from "./routes.js";

/** What changed in parts, told once for all that follow them. */
export class Changes {
  private readonly known = new Map<string, { before: Seen; after: Seen; found: CellChange[] }>();

  of({ level, rollup, of, block }: Part, before: Seen, after: Seen): readonly CellChange[] {
    if (before.tiles === after.tiles && before.tail === after.tail) return [];
    const key = `${level} ${block.from}..${block.to}`;
    const known = this.known.get(key);
    if (known !== undefined && isSame(known.before, before) && isSame(known.after, after)) {
      return known.found;
    }
    const found = changedCells(rollup, of, block, before, after);
    this.known.set(key, { before, after, found });
    return found;
  }

  /** For the next look. */
  clear(): void {
    this.known.clear();
  }
}

/** All routes of an entry's plan. */
export class Following {
  private readonly followed: (FollowedAnswer | null)[];
  private seen: Map<Part, Seen>;
  private last: Answer;

  /** Throws what `evaluate` throws, and `TooManyRows`. O(cells + tail). */
  constructor(
    readonly routes: Routes,
    tail: HeldTail,
    blocks: HeldBlocks,
  ) {
    this.followed = routes.routes.map((route) =>
      FollowedAnswer.canFollow(route)
        ? new FollowedAnswer(evaluationOf(route, tail, blocks))
        : null,
    );
    this.seen = seenOf(routes, tail, blocks);
    this.last = this.answer(tail, blocks);
  }

  /** As of now: the same object where no cell has changed. After a throw it must not be used any more. O(changes + rows). */
  next(tail: HeldTail, blocks: HeldBlocks, changes: Changes): Answer {
    const seen = seenOf(this.routes, tail, blocks);
    let isMoved = false;
    this.routes.routes.forEach((route, i) => {
      for (const { read, parts } of route.needs) {
        for (const part of parts) {
          const [before, after] = [this.seen.get(part) as Seen, seen.get(part) as Seen];
          const found = changes.of(part, before, after);
          if (found.length === 0) continue;
          isMoved = true;
          this.followed[i]?.change(read, found);
        }
      }
    });
    this.seen = seen;
    if (isMoved) this.last = this.answer(tail, blocks);
    return this.last;
  }

  private answer(tail: HeldTail, blocks: HeldBlocks): Answer {
    return joined(
      this.routes,
      this.followed.map(
        (one, i) =>
          one?.answer() ?? evaluate(evaluationOf(this.routes.routes[i] as Route, tail, blocks)),
      ),
    );
  }
}

/** Throws what `evaluate` throws, and `TooManyRows`. O(cells + tail). */
export function answerFromBlocks(routes: Routes, tail: HeldTail, blocks: HeldBlocks): Answer {
  return joined(
    routes,
    routes.routes.map((route) => evaluate(evaluationOf(route, tail, blocks))),
  );
}

function joined({ question }: Routes, answers: readonly Answer[]): Answer {
  const answer = joinAnswers(question, answers);
  mustFitAnswer(answer);
  return answer;
}

function evaluationOf({ compiled, plan, needs }: Route, tail: HeldTail, blocks: HeldBlocks) {
  return {
    compiled,
    plan,
    tail,
    tiles: (read: Parameters<typeof tilesOf>[1]) => tilesOf(needs, read, blocks),
  };
}

/** All parts are held. */
function seenOf({ routes }: Routes, tail: HeldTail, blocks: HeldBlocks): Map<Part, Seen> {
  const seen = new Map<Part, Seen>();
  for (const { plan, needs } of routes) {
    for (const part of needs.flatMap(({ parts }) => parts)) {
      const found = blocks.find(part);
      const tiles = found === undefined ? [] : blocks.tilesOf(found);
      seen.set(part, { tiles, tail: tail.at(plan, part.of) });
    }
  }
  return seen;
}

function isSame(a: Seen, b: Seen): boolean {
  return a.tiles === b.tiles && a.tail === b.tail;
}
