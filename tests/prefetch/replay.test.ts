/** Three made-up days of each of three people, without a backend: how often what is predicted comes, and how often not. */
import { expect, test } from "vitest";
import { begunWith, learn, predictAfter, type Begun } from "../../lib/prefetch/predictor.js";
import type { StepQuestion } from "../../lib/prefetch/step.js";
import { Transitions } from "../../lib/prefetch/transitions.js";
import { dice } from "../realData/random.js";
import { questionsOf, sessions, type Choice, type Values } from "./sessions.js";

const values: Values = {
  anchor: "2026-06-17",
  categories: ["Music", "News", "Sport", "Film", "Games"],
  channels: Array.from({ length: 8 }, (_, i) => `Channel ${i}`),
};

/** Questions of all steps, those that were predicted, and predictions that did not come. */
function replay(screens: readonly StepQuestion[][]) {
  const transitions = new Transitions();
  const found = { asked: 0, right: 0, wrong: 0 };
  const textOf = (question: StepQuestion) => JSON.stringify(question);
  let [shown, guessed] = [new Set<string>(), new Set<string>()];
  let last: Begun | null = null;
  for (const screen of screens) {
    const step: StepQuestion[] = screen.filter((question) => !shown.has(textOf(question)));
    shown = new Set(screen.map(textOf));
    if (last) {
      const right = step.filter((question) => guessed.has(textOf(question))).length;
      found.asked += step.length;
      found.right += right;
      found.wrong += guessed.size - right;
      learn(transitions, last, step);
    }
    last = begunWith(step);
    const next = predictAfter(transitions, last)?.step ?? [];
    guessed = new Set(next.map(textOf).filter((text) => !shown.has(text)));
  }
  return found;
}

function daysOf(session: (values: Values, random: ReturnType<typeof dice>) => Choice[]) {
  const sum = { asked: 0, right: 0, wrong: 0 };
  for (let seed = 1; seed <= 3; seed++) {
    const screens = session(values, dice(seed)).map((choice) =>
      questionsOf(choice, values.anchor).map((query): StepQuestion => {
        return { cube: choice.cube, query: query as never, freshness: "live" };
      }),
    );
    const { asked, right, wrong } = replay(screens);
    sum.asked += asked;
    sum.right += right;
    sum.wrong += wrong;
  }
  return { hitRate: sum.right / sum.asked, wrongOf: sum.wrong / sum.asked };
}

test.each([
  // Half of the steps of a routine begin where four have begun: order 1 cannot tell them apart.
  { name: "routine", hitRate: 0.3, wrongOf: 0.15 },
  { name: "comparing", hitRate: 0.45, wrongOf: 0.08 },
  // Nothing is known of these: little is asked, and most of it for nothing.
  { name: "wandering", hitRate: 0, wrongOf: 0.3 },
] as const)("days of $name", ({ name, hitRate, wrongOf }) => {
  const found = daysOf(sessions[name]);
  expect(found.hitRate).toBeGreaterThan(hitRate);
  expect(found.wrongOf).toBeLessThan(wrongOf);
});
