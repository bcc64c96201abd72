/** Values that a rollup keeps together: one text per set, in tiles that stay small whatever the texts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change } from "../../lib/fold/change.js";
import { DeltaBatch } from "../../lib/fold/deltas.js";
import { foldPartition } from "../../lib/fold/foldPartition.js";
import type { CubeDefinition, RollupDefinition } from "../../lib/model/cube.js";
import { projectFact } from "../../lib/model/fact.js";
import { fingerprint, resolveRollup } from "../../lib/resolve/resolveRollup.js";
import { textOfSet, valuesOfSet } from "../../lib/model/stringSet.js";
import { validateCatalogue } from "../../lib/resolve/defineCube.js";
import { decodeTile } from "../../lib/tiles/codec.js";
import { codeOf } from "./fixtures/codeOf.js";
import { sales } from "./fixtures/sales.js";

const cubeWith = (rollup: RollupDefinition): CubeDefinition => ({
  ...(sales as CubeDefinition),
  rollups: { one: rollup },
});

const byTags: RollupDefinition = {
  dimensions: ["tag"],
  together: ["tag"],
  measures: ["count"],
  levels: { day: "month" },
};

describe("the text of a set of values", () => {
  it("is the same for the same values in any order, and gives them back", () => {
    const anyValues = fc.array(fc.string(), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anyValues, (values) => {
        const text = textOfSet(values);
        expect(textOfSet([...values, ...values].reverse())).toBe(text);
        expect(valuesOfSet(text)).toEqual([...new Set(values)].sort());
      }),
    );
  });

  it("is not given for no values, and stands for one value that is not given", () => {
    expect(textOfSet([])).toBeNull();
    expect(valuesOfSet(null)).toEqual([null]);
  });

  it.each(["", "x", "{}", "[]", "[1]", '["x"', 17])("is refused where it is no set: %j", (text) => {
    expect(codeOf(() => valuesOfSet(text))).toBe("CorruptTile");
  });
});

describe("a rollup that keeps values together", () => {
  it("is another one than a rollup that keeps them one by one", () => {
    const { together: _, ...apart } = byTags;
    const [one, other] = [byTags, apart].map((rollup) =>
      resolveRollup(cubeWith(rollup), "one", "UTC"),
    );
    expect(one!.dimensions).toEqual([
      { name: "tag", type: "stringSet", field: "tags", cardinality: 4 },
    ]);
    expect(fingerprint(one!)).not.toBe(fingerprint(other!));
  });

  it("keeps together what it keeps, what has several values, and what no measure of it counts", () => {
    const issues = (rollup: Partial<RollupDefinition>) =>
      validateCatalogue({ sales: cubeWith({ ...byTags, ...rollup }) }).map(
        ({ path, message }) => `${path.replace("sales.rollups.one.", "")} ${message}`,
      );
    expect(issues({})).toEqual([]);
    expect(issues({ together: ["shop"] })).toEqual([
      "together.0 must be a dimension of this rollup",
    ]);
    expect(issues({ dimensions: ["shop", "tag"], together: ["tag", "shop"] })).toEqual([
      "together.1 must be a dimension of type strings",
    ]);
    expect(issues({ measures: ["tags"] })).toEqual([
      "measures.0 needs the values of tag one by one",
    ]);
    expect(issues({ together: "tag" as never })).toEqual(["together must be an array of names"]);
  });

  it("has chunks far below a document's size, however long its texts are", () => {
    const cube = cubeWith(byTags);
    const rollup = resolveRollup(cube, "one", "UTC");
    const [level] = rollup.levels;
    const batch = new DeltaBatch(rollup);
    for (let i = 0; i < 300; i++) {
      const tags = Array.from({ length: 32 }, (_, j) => `${i} ${j} ${"€".repeat(120)}`);
      const doc = { at: 0, shop: "a", tags, size: 1, quantity: 1, price: 1, weight: 1 };
      batch.add({
        ...{ cube: "sales", op: "insert", docId: `d${i}`, docCreatedAt: i, before: null },
        after: projectFact(cube, doc),
      } as Change);
    }
    const [delta] = batch.partitions();
    const { put } = foldPartition(rollup, delta!, []);
    for (const tile of put) expect(JSON.stringify(tile).length).toBeLessThan(100_000);
    const cells = put.flatMap((tile) => decodeTile(rollup, level!, delta!.partitionStart, tile));
    expect(cells).toHaveLength(300);
  });
});
