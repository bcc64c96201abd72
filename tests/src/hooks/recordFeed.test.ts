import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fallbackApi } from "../../../src/dashboard/api.js";
import {
  startRecordFeed,
  tailChangesMax,
  type RecordChange,
} from "../../../src/react/fallback/recordFeed.js";
import { ScriptedClient } from "../support/scriptedClient.js";
import { view } from "../support/views.js";

const scope = { tenantId: "acme", cube: "views" };
const feed = () => ({
  ...{ client: client.asClient, fallback: fallbackApi },
  ...{ tenant: { tenantId: "acme" }, cube: "views" },
});
const tick = () => new Promise((done) => setTimeout(done, 5));

let client: ScriptedClient;
/** What the last page says. */
let pageSourceFrom: number | null;
/** What a listener has, replayed: the records, and the commits at which they were consistent. */
let records: Map<string, RecordChange["after"]>;
let consistentAt: string[];
let progress: (number | null)[];
let errors: string[];
let wholeFrom: number[];
let stop: () => void;

function start(countRecords: () => Promise<number | null> = async () => 4) {
  stop = startRecordFeed(
    { ...feed(), countRecords },
    {
      onRecords: (changes, asOf) => {
        for (const { id, after } of changes) {
          if (after) records.set(id, after);
          else records.delete(id);
        }
        if (asOf !== null) consistentAt.push(asOf);
      },
      onSourceFrom: (from) => wholeFrom.push(from),
      onProgress: (share) => progress.push(share),
      onError: ({ code }) => errors.push(code),
    },
  );
}

const answerChanges = (
  after: string,
  changes: unknown[],
  asOf: string,
  more = false,
  sourceFrom: number | null = null,
) => client.answer("sources:changes", { ...scope, after }, { changes, asOf, more, sourceFrom });

beforeEach(() => {
  client = new ScriptedClient();
  records = new Map();
  consistentAt = [];
  progress = [];
  errors = [];
  wholeFrom = [];
  pageSourceFrom = null;
  client.respond((name, { cursor }) => {
    if (name === "sources:head") return { asOf: "10" };
    if (name !== "sources:page") return undefined;
    return cursor === null
      ? {
          facts: [
            { id: "a", fact: view("drama", 1) },
            { id: "b", fact: view("drama", 2) },
          ],
          cursor: "p2",
          isDone: false,
          asOf: "10",
          sourceFrom: null,
        }
      : {
          facts: [{ id: "c", fact: view("space", 3) }],
          cursor: null,
          isDone: true,
          asOf: "13",
          sourceFrom: pageSourceFrom,
        };
  });
});
afterEach(() => stop());

describe("the record feed", () => {
  test("takes the head before the first page, and follows the log from there", async () => {
    start();
    await tick();
    expect(client.asked.map(({ name }) => name)).toEqual([
      "sources:head",
      "sources:page",
      "sources:page",
      "sources:changes",
    ]);
    expect(client.open("sources:changes")).toEqual([{ ...scope, after: "10" }]);
  });

  test("is not consistent before the log reaches the newest page", async () => {
    start();
    await tick();
    answerChanges("10", [{ commitTs: "12", id: "a", after: view("drama", 9) }], "12");
    expect(consistentAt).toEqual([]);
    answerChanges(
      "10",
      [
        { commitTs: "12", id: "a", after: view("drama", 9) },
        { commitTs: "13", id: "b", after: null },
      ],
      "13",
    );
    expect(consistentAt).toEqual(["13"]);
    expect([...records.keys()]).toEqual(["a", "c"]);
    expect(records.get("a")).toEqual(view("drama", 9));
  });

  test("replaying what a page already had ends at the newest state", async () => {
    start();
    await tick();
    answerChanges(
      "10",
      [
        { commitTs: "11", id: "c", after: view("space", 1) },
        { commitTs: "13", id: "c", after: view("space", 3) },
        { commitTs: "14", id: "d", after: view("space", 4) },
        { commitTs: "15", id: "d", after: null },
      ],
      "15",
    );
    expect(records.get("c")).toEqual(view("space", 3));
    expect(records.has("d")).toBe(false);
  });

  test("applies each change once, though every update repeats the list", async () => {
    const seen: string[] = [];
    stop = startRecordFeed(
      { ...feed(), countRecords: async () => null },
      {
        onRecords: (changes) => seen.push(...changes.map(({ id }) => id)),
        onSourceFrom: () => {},
        onProgress: () => {},
        onError: () => {},
      },
    );
    await tick();
    const first = { commitTs: "14", id: "x", after: view("drama", 1) };
    const second = { commitTs: "15", id: "y", after: view("drama", 1) };
    answerChanges("10", [first], "14");
    answerChanges("10", [first, second], "15");
    expect(seen).toEqual(["a", "b", "c", "x", "y"]);
  });

  test("goes on from where a cut list stopped, and is consistent only at its end", async () => {
    start();
    await tick();
    answerChanges("10", [{ commitTs: "20", id: "x", after: view("drama", 1) }], "20", true);
    expect(consistentAt).toEqual([]);
    expect(client.open("sources:changes")).toEqual([{ ...scope, after: "20" }]);
    answerChanges("20", [{ commitTs: "21", id: "y", after: view("drama", 1) }], "21");
    expect(consistentAt).toEqual(["21"]);
    expect(records.size).toBe(5);
  });

  test("moves its start forward when many changes have accumulated", async () => {
    start();
    await tick();
    const changes = Array.from({ length: tailChangesMax + 1 }, (_, i) => ({
      commitTs: String(14 + i),
      id: `n${i}`,
      after: view("drama", 1),
    }));
    const last = String(14 + tailChangesMax);
    answerChanges("10", changes, last);
    expect(consistentAt).toEqual([last]);
    expect(client.open("sources:changes")).toEqual([{ ...scope, after: last }]);
  });

  test("reports progress as the share of all records, or null while their number is unknown", async () => {
    start();
    await tick();
    expect(progress).toEqual([0.5, 0.75]);
    stop();
    progress = [];
    start(async () => Promise.reject(new Error("no rollup")));
    await tick();
    expect(progress).toEqual([null, null]);
  });

  test("reports a failed page, and ends", async () => {
    client.respond((name) => (name === "sources:head" ? new Error("down") : undefined));
    start();
    await tick();
    expect(errors).toEqual(["Internal"]);
    expect(client.open("sources:changes")).toEqual([]);
  });

  test("says from when on records are whole, before the records, and as it moves ahead only", async () => {
    start();
    await tick();
    answerChanges("10", [], "13");
    expect(wholeFrom).toEqual([]);
    answerChanges("10", [], "13", false, 2000);
    answerChanges("10", [{ commitTs: "14", id: "a", after: null }], "14", false, 2000);
    answerChanges("10", [{ commitTs: "14", id: "a", after: null }], "14", false, 3000);
    expect(wholeFrom).toEqual([2000, 3000]);
    expect(records.has("a")).toBe(false);
    stop();
    // A page may know more than the first look at the log.
    pageSourceFrom = 5000;
    start();
    await tick();
    answerChanges("10", [], "13", false, 4000);
    expect(wholeFrom).toEqual([2000, 3000, 5000]);
    expect(errors).toEqual([]);
  });

  test("is silent after it was stopped", async () => {
    const listener = {
      onRecords: vi.fn(),
      onSourceFrom: vi.fn(),
      onProgress: vi.fn(),
      onError: vi.fn(),
    };
    stop = startRecordFeed({ ...feed(), countRecords: async () => 3 }, listener);
    stop();
    await tick();
    expect(listener.onRecords).not.toHaveBeenCalled();
    expect(client.open("sources:changes")).toEqual([]);
  });
});
