/**
 * Changes as they travel to a browser, again and again until they are folded: names of fields and values that come
 * more than once are written once. JSON, as that is parsed at once.
 */
import type { Change } from "../fold/change.js";
import type { Fact, FactValue } from "../model/cube.js";

export interface ReadChange extends Pick<Change, "before" | "after"> {
  /** Which reading its facts are of, by a number of the caller's. */
  reading: number;
}

/** Names of the fields that are numbers, and of all others. */
type Shape = [numbers: string[], others: string[]];

/** Its shape, the numbers, and the places of the other values. */
type WireFact = [shape: number, ...numbersAndPlaces: number[]];

type WireChanges = [
  shapes: Shape[],
  values: FactValue[],
  changes: [before: WireFact | null, after: WireFact | null, reading: number][],
];

/** `fromWireChanges` gives them back, but for the order of fields. O(values). */
export function toWireChanges(changes: readonly ReadChange[]): string {
  const shapes = new Numbered<Shape>();
  const values = new Numbered<FactValue>();
  const write = (fact: Fact | null): WireFact | null => {
    if (fact === null) return null;
    const shape: Shape = [[], []];
    const numbers: number[] = [];
    const places: number[] = [];
    for (const [field, value] of Object.entries(fact)) {
      if (typeof value === "number") {
        shape[0].push(field);
        numbers.push(value);
      } else {
        shape[1].push(field);
        places.push(values.placeOf(value));
      }
    }
    return [shapes.placeOf(shape), ...numbers, ...places];
  };
  const written = changes.map(({ before, after, reading }) => [
    ...[write(before), write(after)],
    reading,
  ]) as WireChanges[2];
  return JSON.stringify([shapes.all, values.all, written] satisfies WireChanges);
}

/** The inverse of `toWireChanges`. O(values). */
export function fromWireChanges(text: string): ReadChange[] {
  const [shapes, values, changes] = JSON.parse(text) as WireChanges;
  const read = (fact: WireFact | null): Fact | null => {
    if (fact === null) return null;
    const [shape, ...rest] = fact;
    const [numbers, others] = shapes[shape] as Shape;
    const entries = [
      ...numbers.map((field, i) => [field, rest[i]] as const),
      ...others.map((field, i) => [field, values[rest[numbers.length + i] as number]] as const),
    ];
    return Object.fromEntries(entries) as Fact;
  };
  return changes.map(([before, after, reading]) => ({
    ...{ before: read(before), after: read(after), reading },
  }));
}

/** Each value once, by its place. */
class Numbered<Value> {
  readonly all: Value[] = [];
  private readonly places = new Map<string, number>();

  placeOf(value: Value): number {
    const text = JSON.stringify(value);
    const known = this.places.get(text);
    if (known !== undefined) return known;
    this.places.set(text, this.all.length);
    return this.all.push(value) - 1;
  }
}
