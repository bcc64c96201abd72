/**
 * Which filters a view may offer: those that every widget is answered with. The browser says so by what it plans
 * by, or the backend's `explain`, about the rollups that this tenant really has. All filters at once are asked about first, as a
 * rollup that covers them all covers each; only widgets that fail then are asked about one by one.
 */
import type { AggregateQuery } from "../../react/index.js";
import type { Explained } from "../explain/explanation.js";
import { isOneOf, type Condition, type Filters } from "./filters.js";
import { isMany } from "./questions.js";
import { filterDimensions, type CubeName } from "./views.js";
import { viewQuestions, type ViewQuestion, type ViewState } from "./viewQuestions.js";

/** Dimension → title of a widget that could not be answered if it were filtered by it. */
export type Refusals = Readonly<Record<string, string>>;

/** Values to ask about: what is filtered by matters, not what it is, nor whether it is asked for or left out. */
const anyValues = ["1", "2"];

/** Asks about a view's filters: at most (widgets × (2 + filters)) questions, usually one per widget. */
export async function refusedFilters(state: ViewState, isRefused: IsRefused): Promise<Refusals> {
  const { cube, filters } = state.scope;
  const offered = filterDimensions(cube);
  const added = (dimension: string) => ({ [dimension]: anyOf(cube, dimension) });
  const all = Object.assign({}, ...offered.map(added)) as Filters;
  const failing = await failingOf(questionsWith(state, all), isRefused);
  if (failing.length === 0) return {};
  const among = (titles: readonly string[], chosen: Filters) =>
    questionsWith(state, chosen).filter(({ widget }) => titles.includes(widget));
  // What fails without another filter is not the filter's fault.
  const already = await failingOf(among(failing, filters), isRefused);
  const suspects = failing.filter((widget) => !already.includes(widget));
  const refused: Record<string, string> = {};
  for (const dimension of offered) {
    const questions = among(suspects, { ...filters, ...added(dimension) });
    const [first] = await failingOf(questions, isRefused);
    if (first !== undefined) refused[dimension] = first;
  }
  return refused;
}

/** Whether no rollup will answer a query: not while one that may is being built. */
type IsRefused = (query: AggregateQuery) => Promise<boolean>;

const alone = { previous: null, compared: null };

/** One question of each kind: totals are covered where the trend of the same measures is. */
function questionsWith(state: ViewState, filters: Filters): ViewQuestion[] {
  const byMembers = new Map<string, ViewQuestion>();
  const scope = { ...state.scope, filters };
  for (const question of viewQuestions({ ...state, scope, period: alone })) {
    const { measures, dimensions = [] } = question.query;
    byMembers.set(JSON.stringify([measures, dimensions]), question);
  }
  return [...byMembers.values()];
}

/** Two values where a record may have several: they are more than one to a rollup. */
function anyOf(cube: CubeName, dimension: string): Condition {
  return isOneOf(isMany(cube, dimension) ? anyValues : anyValues.slice(0, 1));
}

/** The titles of the widgets among them that no rollup answers, in order. */
async function failingOf(
  questions: readonly ViewQuestion[],
  isRefused: IsRefused,
): Promise<string[]> {
  const verdicts = await Promise.all(questions.map(({ query }) => isRefused(query)));
  return questions.flatMap(({ widget }, i) => (verdicts[i] === true ? [widget] : []));
}

/** Of the backend's words: not while a rollup that may answer is still being built, or none has begun to be. */
export function isRefusedForGood({
  plan,
  considered,
}: Pick<Explained, "plan"> & {
  considered: readonly { refusal: { code: string } | null }[];
}): boolean {
  return (
    plan === null &&
    considered.length > 0 &&
    !considered.some(({ refusal }) => refusal?.code === "Building")
  );
}
