/**
 * Ordered trees from index key to document. Cloning is O(1) and copies nodes only when written, so
 * every commit publishes new trees and every running transaction keeps the ones it began with.
 */
import BTreeModule from "sorted-btree";
import type { StoredDocument } from "./document.js";

// The package is CommonJS: under some loaders the class is the module, under others its default.
const BTree = ((BTreeModule as unknown as { default?: typeof BTreeModule }).default ??
  BTreeModule) as typeof BTreeModule;

/** Keys per node: each commit copies the path to what it writes, so nodes are small. */
const NODE_KEYS = 32;

const byteOrder = (a: string, b: string): number => (a < b ? -1 : a === b ? 0 : 1);

export type Tree<V> = BTreeModule<string, V>;
export type IndexTree = Tree<StoredDocument>;

/** An empty tree. */
export function newTree<V>(): Tree<V> {
  return new BTree<string, V>(undefined, byteOrder, NODE_KEYS);
}
