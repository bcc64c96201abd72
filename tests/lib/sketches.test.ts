/** Sketches: what they store, which must never change, and what they say of it. */
import { annotate } from "../../lib/cubeJson/annotate.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addEncoded, addToBin, encodeBins, type Bins } from "../../lib/measures/bins.js";
import { quantileBin, quantileOf } from "../../lib/measures/ddSketch.js";
import { distinctBin, estimateDistinct } from "../../lib/measures/hyperLogLog.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { projectFact } from "../../lib/model/fact.js";
import { isExact } from "../../lib/query/approximation.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { hashNumber } from "../../lib/hash/hashNumber.js";
import { codeOf } from "./fixtures/codeOf.js";
import { sales } from "./fixtures/sales.js";
import { generationOf } from "./fixtures/world.js";

const decoded = (text: string | null) => {
  const bins: Bins = new Map();
  if (text !== null) addEncoded(bins, text);
  return bins;
};

const anyBins = fc
  .uniqueArray(
    fc.tuple(
      fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 200_000 })),
      fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 ** 40 })),
    ),
    { selector: ([bin]) => bin, maxLength: 60 },
  )
  .map((entries) => new Map(entries));

describe("counts by bin", () => {
  it("are written in one short form", () => {
    const form = (...entries: [number, number][]) => encodeBins(new Map(entries));
    expect(form()).toBe(null);
    expect(form([0, 1])).toBe("1");
    expect(form([0, 5])).toBe("*5");
    expect(form([7, 1], [8, 1], [9, 2], [10, 3])).toBe("811*2*3");
    expect(form([10, 3], [9, 2], [8, 1], [7, 1])).toBe("811*2*3");
    expect(form([31, 32], [63, 1], [64, 1])).toBe("B0*B0B01");
  });

  it("are read again as they were written, and have other texts when they differ", () => {
    fc.assert(
      fc.property(anyBins, anyBins, (a, b) => {
        const [x, y] = [encodeBins(a), encodeBins(b)];
        expect(decoded(x)).toEqual(a);
        const isSame = a.size === b.size && [...a].every(([bin, count]) => b.get(bin) === count);
        expect(x === y).toBe(isSame);
      }),
      { numRuns: 500 },
    );
  });

  it("that nobody wrote are refused", () => {
    const endless = `${"Z".repeat(300)}0`;
    for (const text of [
      ...["", "*", "A", "1*A", "1*", "1 1", "é", "\u{1f600}", "**1"],
      ...["0", "A0", "1*0", "*0", "10", endless, `1*${endless}`, `*1${endless}`],
      ...["-------------0", "H_________vH_________v"],
    ]) {
      expect(
        codeOf(() => decoded(text)),
        text,
      ).toBe("CorruptTile");
    }
  });

  it("are refused or can be written again, and say something or are refused, whatever a text holds", () => {
    const letters = "0123456789abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZwxyz-_*";
    const anyText = fc
      .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 24 })
      .map((all) => all.join(""));
    fc.assert(
      fc.property(anyText, (text) => {
        const bins: Bins = new Map();
        const refused = codeOf(() => addEncoded(bins, text));
        if (refused !== null) return void expect(refused).toBe("CorruptTile");
        expect(decoded(encodeBins(bins))).toEqual(bins);
        for (const read of [() => quantileOf(bins, 1), () => estimateDistinct(bins)]) {
          const code = codeOf(() => expect(Number.isFinite(read())).toBe(true));
          expect([null, "CorruptTile"]).toContain(code);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the hash of values", () => {
  it("never changes, and tells a number from the text that looks like it", () => {
    expect(hashNumber("")).toBe(6405929415113739);
    expect([distinctBin("a"), distinctBin("1"), distinctBin(1), distinctBin("viewer 42")]).toEqual([
      ...[2393, 8895, 11502, 10255],
    ]);
  });

  it("turns over every bit in half of all cases when one bit of a text does", () => {
    const flips = new Float64Array(53);
    let pairs = 0;
    for (let i = 0; i < 4000; i++) {
      const text = `viewer ${i}`;
      const hash = BigInt(hashNumber(text));
      for (let at = 0; at < text.length; at += 2) {
        const other = String.fromCharCode(text.charCodeAt(at) ^ (1 << ((i + at) % 7)));
        const changed = BigInt(hashNumber(text.slice(0, at) + other + text.slice(at + 1))) ^ hash;
        for (let bit = 0; bit < 53; bit++) flips[bit]! += Number((changed >> BigInt(bit)) & 1n);
        pairs++;
      }
    }
    for (const count of flips) expect(Math.abs(count / pairs - 0.5)).toBeLessThan(0.02);
  });
});

describe("an approximate distinct count", () => {
  it("counts each value once, however often it occurs, and none of nothing", () => {
    const bins: Bins = new Map();
    expect(estimateDistinct(bins)).toBe(0);
    for (let i = 0; i < 300; i++) addToBin(bins, distinctBin(`v${i % 3}`), 1);
    expect(estimateDistinct(bins)).toBe(3);
    for (let i = 0; i < 100; i++) addToBin(bins, distinctBin("v0"), -1);
    expect(estimateDistinct(bins)).toBe(2);
  });

  it("is never more than there are hashes", () => {
    const bins: Bins = new Map();
    for (let register = 0; register < 4096; register++) bins.set(41 * 4096 + register, 1);
    expect(estimateDistinct(bins)).toBe(2 ** 53);
  });
});

describe("a quantile", () => {
  const values = fc.array(fc.oneof(fc.integer({ min: -99, max: 99 }), fc.maxSafeInteger()), {
    minLength: 1,
    maxLength: 40,
  });

  it("is within 1 % of the value of its rank, and exact below 50", () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
        const bins: Bins = new Map();
        for (const value of list) addToBin(bins, quantileBin(value), 1);
        const truth = [...list].sort((a, b) => a - b)[Math.floor(q * (list.length - 1))]!;
        const found = quantileOf(bins, q)!;
        expect(Math.abs(found - truth)).toBeLessThanOrEqual(0.01 * Math.abs(truth));
        if (Math.abs(truth) < 50) expect(Object.is(found, truth + 0)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps to its bound at the ends of all bins, of both signs", () => {
    for (let value = 1; value <= Number.MAX_SAFE_INTEGER; value = Math.ceil(value * 1.0005)) {
      const near = [value - 1, value, value + 1, -value].filter(Number.isSafeInteger);
      for (const one of near) {
        const found = quantileOf(new Map([[quantileBin(one), 1]]), 0.5)!;
        expect(Math.abs(found - one)).toBeLessThanOrEqual(0.01 * Math.abs(one));
      }
    }
  });

  it("is the lower of two values, and null of none", () => {
    const bins: Bins = new Map();
    expect(quantileOf(bins, 0.5)).toBe(null);
    for (const value of [-7, 1, 2, 30]) addToBin(bins, quantileBin(value), 1);
    expect([0, 0.33, 0.34, 0.5, 0.99, 1].map((q) => quantileOf(bins, q))).toEqual([
      ...[-7, -7, 1, 1, 2, 30],
    ]);
  });
});

describe("an approximate measure", () => {
  const exactNames = Object.keys(sales.measures).filter(
    (name) => !["shopsApprox", "sizesApprox", "medianPrice", "topPrice"].includes(name),
  );
  const normalize = (...measures: string[]) =>
    normalizeQuery({ sales }, { measures }, { timezone: "UTC" });

  it("of nothing is 0 or null, and ignores records without a value", () => {
    const query = normalize("sales.shopsApprox", "sales.medianPrice");
    const none = { at: 0, shop: null, tags: [], size: 1, quantity: 7, price: null };
    for (const facts of [[], [projectFact(sales, none)]]) {
      expect(answerFromFacts(sales, query, "UTC", facts).rows).toEqual([
        { "sales.shopsApprox": 0, "sales.medianPrice": null },
      ]);
    }
  });

  it("makes its answer say so, with its own bound", () => {
    const query = normalize("sales.count", "sales.shopsApprox", "sales.medianPrice");
    expect(isExact(sales, query)).toBe(false);
    const { measures } = annotate(sales, query);
    expect(measures["sales.count"]).not.toHaveProperty("approximate");
    expect(measures["sales.shopsApprox"]!.approximate).toEqual({
      error: 0.01625,
      kind: "standard",
    });
    expect(measures["sales.medianPrice"]!.approximate).toEqual({ error: 0.01, kind: "relative" });
    const { highAmount: _, lowQuantity: __, ...others } = sales.measures;
    for (const name of exactNames.filter((one) => one in others)) {
      expect(isExact(sales, normalize(`sales.${name}`)), name).toBe(true);
    }
  });

  it("shares its sketch with others of the same field, and needs no dimension in the rollup", () => {
    const { rollup } = generationOf(sales, "totals", "UTC");
    const columns = rollup.accumulators.map(({ column }) => column);
    expect(columns.filter((column) => column.startsWith("ddSketch"))).toEqual(["ddSketch_price"]);
    const { plan } = planQuery({
      compiled: compileQuery(sales, normalize("sales.shopsApprox", "sales.topPrice")),
      rollups: [{ rollup, generation: 1, status: "ready" }],
    });
    expect(plan?.rollup.name).toBe("totals");
    const { considered } = planQuery({
      compiled: compileQuery(sales, normalize("sales.shops")),
      rollups: [{ rollup, generation: 1, status: "ready" }],
    });
    expect(considered[0]!.refusal?.code).toBe("MissingMeasure");
  });

  it("is dearer to read than a count, so that narrow rollups stay first choice", () => {
    const cube: CubeDefinition = {
      ...sales,
      rollups: {
        a: { dimensions: [], measures: ["count", "shopsApprox"], levels: { day: "month" } },
        b: { dimensions: [], measures: ["count"], levels: { day: "month" } },
      },
    };
    const { plan } = planQuery({
      compiled: compileQuery(cube, normalize("sales.count")),
      rollups: ["a", "b"].map((name) => ({
        rollup: generationOf(cube, name, "UTC").rollup,
        generation: 1,
        status: "ready" as const,
      })),
    });
    expect(plan?.rollup.name).toBe("b");
  });
});
