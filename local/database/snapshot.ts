/**
 * One committed state of the database: a timestamp and the tree of every index. Immutable once
 * published, so beginning a transaction is taking a reference.
 */
import type { IndexDefinition } from "./catalog.js";
import { type IndexTree, newTree } from "./tree.js";

const EMPTY = newTree<never>() as unknown as IndexTree;

export class Snapshot {
  constructor(
    readonly ts: bigint,
    private readonly trees: ReadonlyMap<number, IndexTree>,
  ) {}

  /** The tree of an index; empty for an index that did not exist at this snapshot. */
  tree(index: IndexDefinition): IndexTree {
    return this.trees.get(index.id) ?? EMPTY;
  }

  edit(): SnapshotEditor {
    return new SnapshotEditor(new Map(this.trees));
  }
}

/** The next snapshot while a commit applies its writes: trees are cloned when first written. */
export class SnapshotEditor {
  private readonly cloned = new Set<number>();

  constructor(private readonly trees: Map<number, IndexTree>) {}

  tree(index: IndexDefinition): IndexTree {
    let tree = this.trees.get(index.id);
    if (!this.cloned.has(index.id)) {
      tree = tree === undefined ? newTree() : tree.clone();
      this.trees.set(index.id, tree);
      this.cloned.add(index.id);
    }
    return tree!;
  }

  drop(index: IndexDefinition): void {
    this.trees.delete(index.id);
  }

  publish(ts: bigint): Snapshot {
    return new Snapshot(ts, this.trees);
  }
}
