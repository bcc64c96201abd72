/** A binary heap of things with a due time; equal times come out in the order they went in. */

interface Item<T> {
  dueMs: number;
  order: number;
  value: T;
}

function isBefore<T>(a: Item<T>, b: Item<T>): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

export class DueQueue<T> {
  private readonly heap: Item<T>[] = [];
  private nextOrder = 0;

  get size(): number {
    return this.heap.length;
  }

  get nextDueMs(): number | null {
    return this.heap[0]?.dueMs ?? null;
  }

  push(dueMs: number, value: T): void {
    const { heap } = this;
    const item = { dueMs, order: this.nextOrder++, value };
    let at = heap.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(item, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = item;
  }

  /** Takes the first item that is due, or null. */
  takeDue(nowMs: number): T | null {
    const { heap } = this;
    const first = heap[0];
    if (first === undefined || first.dueMs > nowMs) return null;
    const last = heap.pop()!;
    if (heap.length === 0) return first.value;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first.value;
  }
}
