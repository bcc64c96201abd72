/** Sending: nothing lost, nothing sent too fast, and a bad row stops only itself. */
import { describe, expect, test } from "vitest";
import { BatchRefused } from "../../cli/failure.js";
import { BatchSender, type BatchResult } from "../../cli/records/batchSender.js";
import { Failure } from "../../cli/failure.js";

const rest = () => new Promise((resolve) => setTimeout(resolve, 1));

/** A sender over a fake backend, with everything that it said. */
function senderOver(
  send: (entries: readonly number[]) => Promise<BatchResult> | BatchResult,
  { batchRows = 10, concurrency = 2 } = {},
) {
  const log = {
    accepted: 0,
    rejected: [] as [number, string][],
    sizes: [] as number[],
    busiest: 0,
  };
  let busy = 0;
  const sender = new BatchSender<number>({
    batchRows,
    concurrency,
    async send(entries) {
      busy += 1;
      log.busiest = Math.max(log.busiest, busy);
      log.sizes.push(entries.length);
      await rest();
      busy -= 1;
      return await send(entries);
    },
    onAccepted: (count) => void (log.accepted += count),
    onRejected: (entry, code) => void log.rejected.push([entry, code]),
  });
  return { sender, log };
}

const acceptAll = (entries: readonly number[]) => ({ accepted: entries.length, rejected: [] });

async function pushAll(sender: BatchSender<number>, count: number): Promise<void> {
  for (let entry = 0; entry < count; entry += 1) await sender.push(entry);
  await sender.finish();
}

describe("BatchSender", () => {
  test("batches are filled, and no more lanes are open than allowed", async () => {
    const { sender, log } = senderOver(acceptAll, { concurrency: 3 });
    await pushAll(sender, 95);
    expect(log).toMatchObject({ accepted: 95, busiest: 3, rejected: [] });
    expect(log.sizes.toSorted((a, b) => a - b)).toEqual([5, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
  });

  test("push waits while all lanes are busy", async () => {
    let sent = 0;
    const { sender } = senderOver((entries) => ((sent += entries.length), acceptAll(entries)));
    for (let entry = 0; entry < 100; entry += 1) {
      await sender.push(entry);
      // Two lanes of ten, and one batch that is being filled.
      expect(entry + 1 - sent).toBeLessThanOrEqual(30);
    }
    await sender.finish();
  });

  test("entries that are pushed together stay in one batch", async () => {
    const batches: (readonly number[])[] = [];
    const { sender } = senderOver((entries) => (batches.push(entries), acceptAll(entries)));
    for (let pair = 0; pair < 30; pair += 1) {
      await sender.push(pair * 2, pair * 2 + 1);
      if (pair % 4 === 0) await sender.push(1000 + pair);
    }
    await sender.finish();
    for (let pair = 0; pair < 30; pair += 1) {
      const home = batches.find((batch) => batch.includes(pair * 2));
      expect(home).toContain(pair * 2 + 1);
    }
  });

  test("rejected rows are reported with their own entry", async () => {
    const { sender, log } = senderOver((entries) => {
      const odd = entries
        .map((entry, index) => ({ entry, index }))
        .filter(({ entry }) => entry % 2);
      const rejected = odd.map(({ index }) => ({ index, code: "InvalidRow", message: "odd" }));
      return { accepted: entries.length - rejected.length, rejected };
    });
    await pushAll(sender, 25);
    expect(log.accepted).toBe(13);
    expect(log.rejected.map(([entry]) => entry).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 12 }, (_, at) => at * 2 + 1),
    );
  });

  test("known rows are told apart from those that are stored now", async () => {
    const known: [number, string][] = [];
    let accepted = 0;
    const sender = new BatchSender<number>({
      ...{ batchRows: 10, concurrency: 1 },
      send: async (entries) => ({
        ...acceptAll(entries),
        known: entries.flatMap((entry, index) =>
          entry % 3 === 0 ? [{ index, outcome: "same" as const, fields: [], storedAt: 1 }] : [],
        ),
      }),
      onAccepted: (count) => void (accepted += count),
      onKnown: (entry, { outcome }) => void known.push([entry, outcome]),
      onRejected: () => undefined,
    });
    await pushAll(sender, 12);
    expect(accepted).toBe(8);
    expect(known).toEqual([0, 3, 6, 9].map((entry) => [entry, "same"]));
  });

  test("rows beyond a transaction's budget are sent again in smaller batches", async () => {
    const { sender, log } = senderOver((entries) => ({
      accepted: Math.min(3, entries.length),
      rejected: entries
        .map((_, index) => ({ index, code: "TransactionBudget", message: "" }))
        .slice(3),
    }));
    await pushAll(sender, 40);
    expect(log).toMatchObject({ accepted: 40, rejected: [] });
  });

  test("a row that fits into no transaction is rejected in the end", async () => {
    const { sender, log } = senderOver((entries) => {
      const big = entries.indexOf(7);
      return big < 0
        ? acceptAll(entries)
        : {
            accepted: big,
            rejected: entries
              .map((_, index) => ({ index, code: "TransactionBudget", message: "" }))
              .slice(big),
          };
    });
    await pushAll(sender, 20);
    expect(log.rejected).toEqual([[7, "TransactionBudget"]]);
    expect(log.accepted).toBe(19);
  });

  test("a batch that is refused whole is taken apart until its cause stands alone", async () => {
    const { sender, log } = senderOver((entries) => {
      if (entries.includes(13)) throw new BatchRefused("13 breaks it");
      return acceptAll(entries);
    });
    await pushAll(sender, 30);
    expect(log.rejected).toEqual([[13, "ServerError"]]);
    expect(log.accepted).toBe(29);
  });

  test("a backend that refuses everything stops the import instead of rejecting every row", async () => {
    const { sender, log } = senderOver(() => {
      throw new BatchRefused("schema mismatch");
    });
    await expect(pushAll(sender, 200)).rejects.toMatchObject({ code: "ServerError" });
    expect(log.rejected.length).toBeLessThan(60);
  });

  test("a refusal of the caller stops at once", async () => {
    const { sender, log } = senderOver(() => {
      throw new Failure("Forbidden", "no");
    });
    await expect(pushAll(sender, 200)).rejects.toMatchObject({ code: "Forbidden" });
    expect(log.sizes.length).toBeLessThanOrEqual(4);
  });
});
