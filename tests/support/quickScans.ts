/**
 * `convex-test` keeps no index: a range is found by a look at each document of its table. For each of them it
 * parses the bounds again and copies the list of ids, which was half the time of the suites with many
 * documents. This plugin does both once for each range. What is found, and its order, stay the same.
 * A version of `convex-test` that is written in other words fails here, and loses nothing but this.
 */
import type { Plugin } from "vitest/config";

/** Pieces of `convex-test`, as its package has them, and what stands in their place. */
const REPLACED: readonly (readonly [before: string, after: string])[] = [
  [
    `this._iterateDocs(tableName, (doc) => {
                    if (source.range.every((filter) => evaluateRangeFilter(doc, filter))) {`,
    `const bounds = source.range.map((filter) => ({ ...filter, bound: evaluateQueryValue(filter.value) }));
                this._iterateDocs(tableName, (doc) => {
                    if (bounds.every((filter) => evaluateRangeFilter(doc, filter))) {`,
  ],
  [
    `const value = evaluateQueryValue(expr.value);`,
    `const value = expr.bound;
    if (expr.type === "Eq" && typeof value === "string") return result === value;`,
  ],
  [
    `const pathParts = fieldPath.split(".");
    let result = document;`,
    `const own = document?.[fieldPath];
    if (typeof own === "string" || typeof own === "number") return own;
    const pathParts = fieldPath.split(".");
    let result = document;`,
  ],
  [
    `const ids = new Set(this._tableIds.get(tableName));
        for (let i = 0; i < this._writes.length; i++) {
            for (const id of Object.keys(this._writes[i]).filter(isInTable)) {
                ids.add(id);
            }
        }
        for (const id of ids) {
            const document = this.get(tableName, id);`,
    `const stored = this._tableIds.get(tableName) ?? new Set();
        const written = new Set();
        for (const level of this._writes) {
            for (const id in level) if (id.endsWith(tableName) && isInTable(id)) written.add(id);
        }
        for (const id of stored) look(written.has(id) ? this.get(tableName, id) : this._documents[id]);
        for (const id of written) if (!stored.has(id)) look(this.get(tableName, id));
        function look(document) {`,
  ],
];

export function quickScans(): Plugin {
  return {
    name: "quick-scans",
    transform(code, id) {
      if (!id.endsWith("/convex-test/dist/index.js")) return null;
      return REPLACED.reduce((text, [before, after]) => {
        if (text.split(before).length !== 2)
          throw new Error(`convex-test has no longer: ${before}`);
        return text.replace(before, () => after);
      }, code);
    },
  };
}
