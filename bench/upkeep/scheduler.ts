/**
 * A deployment's scheduler in virtual time: workers of many tenants fold on its slots, within what may be
 * written in a second, while the tenants write. Pure: time is counted, dice are handed in.
 *
 * As on Convex: jobs start in order of their due times; a mutation that finds too much written backs off,
 * a scheduled one with its slot and without end, a client's four times before it is refused.
 */

/** What one visit of a worker takes: its slot, and bytes with keys of indexes. */
export interface Visit {
  slotMs: number;
  bytes: number;
}

export interface Load {
  tenants: number;
  /** Of scheduled work. */
  slots: number;
  writtenBytesPerSecond: number;
  /** Of one tenant. */
  writesPerSecond: number;
  writeBytes: number;
  seconds: number;
  /** What folding so many changes takes. */
  visit(changes: number): Visit;
  /** From a tenant's visit that folded so many changes, over so long, to its next; from waking to the first of them. */
  restMs(tenant: number, changes: number, spanMs: number): number;
  firstRestMs(tenant: number): number;
  /** The pause behind a visit that wrote `bytes`, while so many workers are awake. */
  paceMs(bytes: number, workers: number): number;
  /** In [0, 1). */
  random(): number;
}

export interface Outcome {
  visits: number;
  /** From a visit's due time to its start. */
  waitP50Ms: number;
  waitMaxMs: number;
  /** The oldest change that a visit ever found, or that none has folded at the end. */
  ageMaxMs: number;
  /** Tenants with changes that none of the last half of the time has folded. */
  starved: number;
  writes: number;
  refused: number;
  folded: number;
  pending: number;
  /** Share of the slots' time that was taken. */
  busy: number;
}

interface Worker {
  tenant: number;
  pending: number;
  oldest: number;
  lastVisit: number;
  isAwake: boolean;
}

interface Event {
  at: number;
  run(at: number): void;
}

const CLIENT = { firstMs: 100, maxMs: 2000, retries: 4 };
const SCHEDULED = { firstMs: 100, maxMs: 60_000 };
const WINDOW_MS = 1000;

export function simulate(load: Load): Outcome {
  const { random } = load;
  const endMs = load.seconds * 1000;
  const agenda = new Agenda();
  const written = new Window(load.writtenBytesPerSecond);
  const workers = Array.from({ length: load.tenants }, (_, tenant): Worker => {
    return { tenant, pending: 0, oldest: 0, lastVisit: 0, isAwake: false };
  });
  const waits: number[] = [];
  const queue: { due: number; worker: Worker }[] = [];
  let [free, awake, busyMs, ageMaxMs] = [load.slots, 0, 0, 0];
  let [writes, refused, folded] = [0, 0, 0];

  const due = (worker: Worker, at: number) => {
    agenda.add(at, () => {
      queue.push({ due: at, worker });
      fill(at);
    });
  };
  const fill = (now: number) => {
    while (free > 0 && queue.length > 0) {
      const { due: dueAt, worker } = queue.shift()!;
      free--;
      waits.push(now - dueAt);
      attempt(worker, now, now, 0);
    }
  };
  const attempt = (worker: Worker, startedAt: number, now: number, failures: number) => {
    if (written.isFull(now)) {
      const ceiling = Math.min(SCHEDULED.maxMs, SCHEDULED.firstMs * 2 ** failures);
      const again = now + random() * ceiling;
      agenda.add(again, (at) => attempt(worker, startedAt, at, failures + 1));
      return;
    }
    const { pending, oldest } = worker;
    const { slotMs, bytes } = load.visit(pending);
    if (pending > 0) ageMaxMs = Math.max(ageMaxMs, now - oldest);
    worker.pending = 0;
    agenda.add(now + slotMs, (at) => {
      written.add(at, bytes);
      folded += pending;
      busyMs += at - startedAt;
      free++;
      const spanMs = at - worker.lastVisit;
      worker.lastVisit = at;
      if (pending === 0 && worker.pending === 0) {
        worker.isAwake = false;
        awake--;
      } else {
        const rest = load.restMs(worker.tenant, pending, spanMs);
        due(worker, at + Math.max(rest, load.paceMs(bytes, awake)));
      }
      fill(at);
    });
  };
  const write = (worker: Worker, now: number, failures: number) => {
    if (written.isFull(now)) {
      if (failures === CLIENT.retries) refused++;
      else {
        const ceiling = Math.min(CLIENT.maxMs, CLIENT.firstMs * 2 ** failures);
        agenda.add(now + random() * ceiling, (at) => write(worker, at, failures + 1));
      }
      return;
    }
    writes++;
    written.add(now, load.writeBytes);
    if (worker.pending++ === 0) worker.oldest = now;
    if (worker.isAwake) return;
    worker.isAwake = true;
    awake++;
    due(worker, now + load.firstRestMs(worker.tenant));
  };
  const everyMs = 1000 / load.writesPerSecond;
  const arrive = (worker: Worker, at: number) => {
    agenda.add(at, () => {
      write(worker, at, 0);
      // As many on average, at times of their own.
      arrive(worker, at + everyMs * 2 * random());
    });
  };
  for (const worker of workers) arrive(worker, random() * everyMs);
  agenda.runUntil(endMs);

  for (const { pending, oldest } of workers)
    if (pending > 0) ageMaxMs = Math.max(ageMaxMs, endMs - oldest);
  waits.sort((a, b) => a - b);
  return {
    visits: waits.length,
    waitP50Ms: waits[Math.floor(waits.length / 2)] ?? 0,
    waitMaxMs: Math.max(waits.at(-1) ?? 0, ...queue.map((one) => endMs - one.due)),
    ageMaxMs,
    starved: workers.filter(({ pending, oldest }) => pending > 0 && oldest < endMs / 2).length,
    writes,
    refused,
    folded,
    pending: writes - folded,
    busy: busyMs / (load.slots * endMs),
  };
}

/** What was written in the last second. */
class Window {
  private readonly recent: { at: number; bytes: number }[] = [];
  private total = 0;

  constructor(private readonly limit: number) {}

  add(at: number, bytes: number): void {
    this.recent.push({ at, bytes });
    this.total += bytes;
  }

  isFull(now: number): boolean {
    while (this.recent.length > 0 && now - this.recent[0]!.at > WINDOW_MS) {
      this.total -= this.recent.shift()!.bytes;
    }
    return this.total > this.limit;
  }
}

/** What happens when, in order; a binary heap. */
class Agenda {
  private readonly heap: (Event & { order: number })[] = [];
  private added = 0;

  add(at: number, run: (at: number) => void): void {
    const { heap } = this;
    let i = heap.push({ at, run, order: this.added++ }) - 1;
    for (let up = (i - 1) >> 1; i > 0 && this.isBefore(i, up); up = (i - 1) >> 1) {
      this.swap(i, up);
      i = up;
    }
  }

  runUntil(end: number): void {
    for (let next = this.heap[0]; next !== undefined && next.at <= end; next = this.heap[0]) {
      this.removeFirst();
      next.run(next.at);
    }
  }

  private removeFirst(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let i = 0; ;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < heap.length && this.isBefore(child, least)) least = child;
      if (least === i) return;
      this.swap(i, least);
      i = least;
    }
  }

  private isBefore(a: number, b: number): boolean {
    const [one, other] = [this.heap[a]!, this.heap[b]!];
    return one.at < other.at || (one.at === other.at && one.order < other.order);
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.heap[b]!, this.heap[a]!];
  }
}
