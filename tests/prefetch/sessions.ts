/** Made-up days of people at the reference app's dashboard: which questions its screen asks, step by step. */
import type { AggregateQuery } from "../../src/react/index.js";
import { toggleFilter, type Filters } from "../../src/dashboard/model/filters.js";
import { fittingGranularity } from "../../src/dashboard/model/granularities.js";
import { resolvePeriod, type Preset } from "../../src/dashboard/model/period.js";
import { measureGroups } from "../../src/dashboard/model/measureGroups.js";
import type { CubeName } from "../../src/dashboard/model/views.js";
import { viewQuestions } from "../../src/dashboard/model/viewQuestions.js";
import type { Dice } from "../realData/random.js";

/** What a person has chosen. */
export interface Choice {
  cube: CubeName;
  preset: Preset;
  measure: string;
  filters: Filters;
}

export interface Values {
  /** The last day that has records. */
  anchor: string;
  categories: readonly string[];
  channels: readonly string[];
}

/** The questions of a screen, each once. */
export function questionsOf({ cube, preset, measure, filters }: Choice, anchor: string) {
  const period = resolvePeriod({ kind: "preset", preset }, anchor);
  const questions = viewQuestions({
    scope: { cube, span: period.span, upTo: anchor, filters },
    granularity: fittingGranularity(period.span),
    ...{ measure, period },
  }).map(({ query }) => query);
  const distinct = new Map(questions.map((query) => [JSON.stringify(query), query]));
  return [...distinct.values()] as AggregateQuery[];
}

const first = (cube: CubeName): Choice => ({
  ...{ cube, preset: "30d", filters: {} },
  measure: measureGroups[cube][0]!.members[0]!,
});

type Step = (choice: Choice) => Choice;
const toggle =
  (dimension: string, value: string): Step =>
  (choice) => ({ ...choice, filters: toggleFilter(choice.filters, dimension, value) });
const clear: Step = (choice) => ({ ...choice, filters: {} });
const over =
  (preset: Preset): Step =>
  (choice) => ({ ...choice, preset });
const view =
  (cube: CubeName): Step =>
  () =>
    first(cube);

function walk(steps: readonly Step[]): Choice[] {
  const choices = [first("watch")];
  for (const step of steps) choices.push(step(choices.at(-1)!));
  return choices;
}

/** The same look at the same things five times, with now and then something else in between. */
function routine({ categories }: Values, random: Dice): Choice[] {
  const [one, other] = categories as [string, string];
  const round = [
    ...[toggle("category", one), toggle("category", one), toggle("category", other), clear],
    ...[over("90d"), over("30d"), view("inventory"), view("watch")],
  ];
  return walk(
    Array.from({ length: 5 }, () => round)
      .flat()
      .flatMap((step) => (random.chance(0.1) ? [over("7d"), over("30d"), step] : [step])),
  );
}

/** One thing after the other, of three. */
function comparing({ categories }: Values, random: Dice): Choice[] {
  const steps = Array.from({ length: 20 }, () => random.pick(categories.slice(0, 3)));
  return walk(steps.flatMap((value) => [toggle("category", value), clear]));
}

/** Whatever comes to mind. */
function wandering({ categories, channels }: Values, random: Dice): Choice[] {
  const steps: (() => Step)[] = [
    () => toggle("category", random.pick(categories)),
    () => toggle("channel", random.pick(channels)),
    () => over(random.pick(["7d", "30d", "90d", "month", "year", "12m"])),
    () => clear,
    () => view(random.pick(["watch", "inventory"])),
  ];
  const isFit = (choice: Choice) =>
    choice.cube === "watch" || Object.keys(choice.filters).length === 0;
  const choices = walk([]);
  while (choices.length < 41) {
    const last = choices.at(-1)!;
    const next = random.pick(steps)()(last);
    if (isFit(next) && JSON.stringify(next) !== JSON.stringify(last)) choices.push(next);
  }
  return choices;
}

export const sessions = { routine, comparing, wandering };
