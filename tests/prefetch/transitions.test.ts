/** What is learned of steps: bounded, fading, and never more certain than what was seen allows. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bucket } from "../../lib/prefetch/bucket.js";
import { prefetchLimits } from "../../lib/prefetch/limits.js";
import {
  begunWith,
  isWorth,
  learn as learnFrom,
  predictAfter as predictFrom,
} from "../../lib/prefetch/predictor.js";
import { namesOf, newestDay, stepOf, textOf, type Step } from "../../lib/prefetch/step.js";
import { Transitions } from "../../lib/prefetch/transitions.js";

const small = {
  ...prefetchLimits,
  ...{ sourcesMax: 5, targetsMax: 3, charactersMax: 60 },
};

/** A naive model of one source: weights by how long ago each step was, nothing let go. */
function probabilitiesOf(steps: readonly string[]): Map<string, number> {
  const weights = new Map<string, number>();
  let total = 0;
  steps.forEach((to, i) => {
    const weight = prefetchLimits.decay ** (steps.length - 1 - i);
    weights.set(to, (weights.get(to) ?? 0) + weight);
    total += weight;
  });
  return new Map([...weights].map(([to, weight]) => [to, weight / (total + prefetchLimits.prior)]));
}

const names = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
const pairs = fc.array(fc.tuple(names, fc.string({ maxLength: 30 })), { maxLength: 80 });

describe("transitions", () => {
  test("are as likely as a count of all steps says that fades", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("b", "c", "d"), { maxLength: 40 }), (steps) => {
        const transitions = new Transitions();
        for (const to of steps) transitions.observe("a", to);
        const expected = probabilitiesOf(steps);
        const found = transitions.predict("a");
        for (const { to, probability } of found) {
          expect(probability).toBeCloseTo(expected.get(to)!, 9);
        }
        // What is missing was let go because it has all but faded.
        const kept = new Set(found.map(({ to }) => to));
        for (const [to, probability] of expected) {
          if (!kept.has(to)) expect(probability).toBeLessThan(prefetchLimits.weightMin);
        }
      }),
    );
  });

  test("stay within their bounds after each step, and within 0 and 1", () => {
    fc.assert(
      fc.property(pairs, (steps) => {
        const transitions = new Transitions(small);
        for (const [from, to] of steps) {
          const before = transitions.predict(from).find((one) => one.to === to)?.probability ?? 0;
          transitions.observe(from, to);
          expect(transitions.size).toBeLessThanOrEqual(small.sourcesMax);
          expect(transitions.characters).toBeLessThanOrEqual(small.charactersMax);
          const found = transitions.predict(from);
          expect(found.length).toBeLessThanOrEqual(small.targetsMax);
          const sum = found.reduce((all, { probability }) => all + probability, 0);
          expect(sum).toBeLessThan(1);
          // Seen once more is likelier.
          const after = found.find((one) => one.to === to)?.probability;
          if (after !== undefined) expect(after).toBeGreaterThan(before);
          const sorted = [...found].sort((a, b) => b.probability - a.probability);
          expect(found).toEqual(sorted);
        }
      }),
    );
  });

  test("come back from their text as they were", () => {
    fc.assert(
      fc.property(pairs, (steps) => {
        const transitions = new Transitions(small);
        for (const [from, to] of steps) transitions.observe(from, to);
        const read = new Transitions(small);
        expect(read.read(transitions.toText())).toBe(true);
        expect(read.toText()).toBe(transitions.toText());
        for (const name of "abcdefg") expect(read.predict(name)).toEqual(transitions.predict(name));
      }),
    );
  });

  test("take nothing from a text that is not theirs, whatever it is", () => {
    const written = new Transitions();
    written.observe("a", "b");
    const text = written.toText();
    const corrupt = [
      ...["", "null", "[]", "{}", "7", '{"version":2,"texts":[],"sources":[]}'],
      text.slice(0, -3),
      text.replace('"version":1', '"version":0'),
      text.replace("[0,1]", "[0,-1]"),
      text.replace("[0,1]", "[7,1]"),
      text.replace("[0,1]", "[0,5]"),
      text.replace("[0,1]", "0"),
      text.replace('"a",1', '"a",null'),
    ];
    for (const one of corrupt) {
      const read = new Transitions();
      expect(read.read(one), one).toBe(false);
      expect(read.size).toBe(0);
    }
    fc.assert(
      fc.property(fc.json(), (one) => {
        const read = new Transitions(small);
        read.read(one);
        expect(read.characters).toBeLessThanOrEqual(small.charactersMax);
      }),
    );
  });

  test("that are too long to keep are not kept", () => {
    const transitions = new Transitions(small);
    transitions.observe("a", "x".repeat(100));
    expect(transitions.size).toBe(0);
  });
});

const learn = (transitions: Transitions, step: Step, next: Step) =>
  learnFrom(transitions, begunWith(step), next);
const predictAfter = (transitions: Transitions, step: Step) =>
  predictFrom(transitions, begunWith(step));

const asked = (from: string, to: string, member?: string): Step[number] => ({
  cube: "watch",
  query: {
    measures: ["watch.count"],
    timeDimensions: [{ dimension: "watch.watchedAt", dateRange: [from, to] }],
    filters: member ? [{ member: "watch.channel", operator: "equals", values: [member] }] : [],
  },
  freshness: "live",
});
const week = (to: string, from: string): Step => [asked(from, to)];

describe("a step", () => {
  test("is told by its days from the newest one of the step before", () => {
    const monday = week("2026-03-02", "2026-02-24");
    const quarter = week("2026-03-02", "2025-12-03");
    const text = textOf(quarter, newestDay(monday));
    const tuesday = week("2026-03-03", "2026-02-25");
    expect(stepOf(text, newestDay(tuesday))).toEqual(week("2026-03-03", "2025-12-04"));
  });

  test("comes back from its text with its fields in their order", () => {
    const day = fc.date({
      min: new Date("1990-01-01"),
      max: new Date("2090-01-01"),
      noInvalidDate: true,
    });
    const text = fc.oneof(
      fc.string(),
      day.map((one) => one.toISOString().slice(0, 10)),
    );
    const query = fc.dictionary(fc.string(), fc.oneof(text, fc.array(text), fc.integer()));
    const one = fc.record({ cube: fc.string(), query, freshness: fc.constant("live" as const) });
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 5 }),
        fc.option(fc.integer({ min: 0, max: 40_000 })),
        (step, base) => {
          const found = stepOf(textOf(step, base), base)!;
          const sorted = (all: Step) => all.map((question) => JSON.stringify(question)).sort();
          expect(sorted(found)).toEqual(
            // JSON has one zero, and own properties only.
            sorted(JSON.parse(JSON.stringify(step)) as Step),
          );
        },
      ),
    );
  });

  test("is none where there is no day to tell from, or where its text is another's", () => {
    const text = textOf(
      week("2026-03-02", "2026-02-24"),
      newestDay(week("2026-03-02", "2026-02-24")),
    );
    expect(stepOf(text, null)).toBeNull();
    for (const one of [
      "",
      "{",
      "7",
      "[7]",
      '[{"cube":"a"}]',
      '[{"cube":1,"query":{},"freshness":"live"}]',
    ]) {
      expect(stepOf(one, 0), one).toBeNull();
    }
  });

  test("has a name of its own, and one of its form, whatever day it is", () => {
    const [exact, form] = namesOf(week("2026-03-02", "2026-02-24"));
    expect(namesOf(week("2026-03-03", "2026-02-25"))).toEqual([exact, form]);
    const [otherExact, sameForm] = namesOf(week("2026-03-02", "2025-12-03"));
    expect([otherExact === exact, sameForm === form]).toEqual([false, true]);
  });

  test("is predicted by these very questions, else by their form", () => {
    const transitions = new Transitions();
    const [to, from] = ["2026-03-02", "2026-02-24"];
    const all = [asked(from, to)];
    const music = [asked(from, to, "music")];
    const drama = [asked(from, to, "drama")];
    expect(predictAfter(transitions, all)).toBeNull();
    learn(transitions, all, music);
    expect(predictAfter(transitions, all)).toEqual({ step: music, probability: 1 / 2 });
    learn(transitions, music, all);
    learn(transitions, music, all);
    // Never seen: what follows a filter by whatever channel.
    expect(predictAfter(transitions, drama)).toMatchObject({ step: all });
    expect(predictAfter(transitions, drama)!.probability).toBeCloseTo(1.9 / 2.9, 9);
  });

  test("that is larger than a screen teaches nothing", () => {
    const transitions = new Transitions();
    const many = Array.from({ length: prefetchLimits.questionsMax + 1 }, (_, i) =>
      asked("2026-01-01", "2026-01-02", String(i)),
    );
    learn(transitions, many, many.slice(1));
    learn(transitions, many.slice(1), many);
    expect(transitions.size).toBe(0);
  });
});

describe("what is worth asking ahead", () => {
  test("is as likely as not at least, and wastes no more than a hit may", () => {
    expect(isWorth(0.49, 1)).toBe(false);
    expect(isWorth(0.5, prefetchLimits.wasteOfHit)).toBe(true);
    expect(isWorth(0.5, prefetchLimits.wasteOfHit + 1)).toBe(false);
    expect(isWorth(0.9, 8 * prefetchLimits.wasteOfHit)).toBe(true);
  });
});

describe("a budget", () => {
  test("never spends more than all of it and what an hour brings", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(10_000_000), fc.nat(500)), { maxLength: 60 }),
        (steps) => {
          const bucket = new Bucket(1000, 0);
          let [now, spent] = [0, 0];
          for (const [passedMs, bytes] of steps) {
            now += passedMs;
            const left = bucket.leftAt(now);
            expect(left).toBeLessThanOrEqual(1000);
            if (bytes > left) continue;
            bucket.spend(bytes, now);
            spent += bytes;
            expect(spent).toBeLessThanOrEqual(1000 + (1000 * now) / 3_600_000 + 1e-6);
          }
        },
      ),
    );
  });

  test("is below nothing after an answer that was larger than expected, until time has made up for it", () => {
    const bucket = new Bucket(1000, 0);
    bucket.spend(1500, 0);
    expect(bucket.leftAt(0)).toBe(-500);
    expect(bucket.leftAt(1_800_000)).toBe(0);
    expect(bucket.leftAt(0)).toBe(0);
  });
});
