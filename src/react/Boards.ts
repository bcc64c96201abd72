/**
 * The questions that go to the backend together. Those of one cube that are asked within one tick, as the widgets of a
 * screen ask theirs, are one board: one call, and one run for each write, instead of one for each widget.
 */
import type { ConvexReactClient } from "convex/react";
import type { AggregateRows, RollupsApi, TenantArgs } from "./api.js";
import { cubeOf, type Request } from "./query.js";

/** An answer; "alone" where the question goes by `rows`; undefined before either is known. */
export type Told = AggregateRows | "alone" | undefined;

/** Half of what the backend takes: planning each costs some milliseconds in a cold context, besides its answer. */
const QUESTIONS_MAX = 12;

/** After questions have left a board, it is asked without them. */
const SHRINK_MS = 1000;

interface Asked {
  readonly request: Request;
  readonly listeners: Set<() => void>;
  told: Told;
  /** The text of the answer, by which an equal one stays the same object. */
  text: string;
  board: Board | null;
}

interface Board {
  readonly asked: readonly Asked[];
  stop: () => void;
  /** A smaller one takes its place once that is answered. */
  isLeaving?: true;
}

interface BoardsOptions {
  client: ConvexReactClient;
  /** Without `board` every question goes alone. */
  api: Pick<RollupsApi, "board">;
  tenant: TenantArgs;
}

export class Boards {
  private readonly asked = new Map<string, Asked>();
  private readonly boards = new Set<Board>();
  private isLooking = false;
  private shrinking: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: BoardsOptions) {}

  /** The same object while the answer is equal. */
  read(key: string): Told {
    return this.options.api.board ? this.asked.get(key)?.told : "alone";
  }

  subscribe(request: Request, listener: () => void): () => void {
    if (!this.options.api.board) return () => {};
    let asked = this.asked.get(request.key);
    if (!asked) {
      asked = { request, listeners: new Set(), told: undefined, text: "", board: null };
      this.asked.set(request.key, asked);
    }
    const { listeners } = asked;
    listeners.add(listener);
    this.lookSoon();
    return () => {
      listeners.delete(listener);
      this.lookSoon();
    };
  }

  /** At the end of the tick: a question that is left and asked again within it changes nothing. */
  private lookSoon(): void {
    if (this.isLooking) return;
    this.isLooking = true;
    queueMicrotask(() => {
      this.isLooking = false;
      this.look();
    });
  }

  private look(): void {
    for (const board of [...this.boards]) {
      const { length } = wantedOf(board);
      if (length === 0) this.close(board);
      else if (length * 2 < board.asked.length) this.shrinkSoon();
    }
    const groups = new Map<string, Asked[]>();
    for (const [key, asked] of this.asked) {
      const { request, listeners, told, board } = asked;
      if (board) continue;
      if (listeners.size === 0) this.asked.delete(key);
      else if (told !== "alone") {
        const group = `${request.freshness} ${cubeOf(request.query)}`;
        groups.set(group, [...(groups.get(group) ?? []), asked]);
      }
    }
    for (const group of groups.values()) {
      for (let from = 0; from < group.length; from += QUESTIONS_MAX) {
        const part = group.slice(from, from + QUESTIONS_MAX);
        if (part.length > 1) this.open(part);
        else tell(part[0]!, "alone");
      }
    }
  }

  private shrinkSoon(): void {
    this.shrinking ??= setTimeout(() => {
      this.shrinking = undefined;
      for (const board of [...this.boards]) {
        const wanted = wantedOf(board);
        if (board.isLeaving || wanted.length * 2 >= board.asked.length) continue;
        board.isLeaving = true;
        this.open(wanted, board);
      }
    }, SHRINK_MS);
  }

  /** `before` goes on until there are answers: an old one would pass for one that includes the newest commit. */
  private open(asked: readonly Asked[], before: Board | null = null): void {
    const { client, api, tenant } = this.options;
    const questions = asked.map(({ request: { wire, freshness } }) => ({ query: wire, freshness }));
    const watch = client.watchQuery(api.board!, { ...tenant, questions });
    const board: Board = { asked, stop: () => {} };
    const begin = () => {
      this.boards.add(board);
      for (const one of asked) if (one.board === before) one.board = board;
      if (before) this.close(before);
      before = null;
    };
    if (!before) begin();
    const pull = () => {
      try {
        const answers = watch.localQueryResult()?.answers;
        if (!answers) return;
        if (before) begin();
        asked.forEach((one, i) => one.board === board && settle(one, answers[i]!));
      } catch {
        if (before) begin();
        // Alone, each question tells what is wrong, and is asked again.
        for (const one of asked) if (one.board === board) leave(one);
      }
      this.lookSoon();
    };
    board.stop = watch.onUpdate(pull);
    pull();
  }

  private close(board: Board): void {
    if (this.boards.delete(board)) board.stop();
    for (const one of board.asked) {
      if (one.board !== board) continue;
      one.board = null;
      one.text = "";
      tell(one, undefined);
    }
  }
}

type BoardAnswer = { answer: AggregateRows } | { refusal: unknown };

/** A refusal may be due to the board, where each question has a share of what one answer may take. */
function settle(asked: Asked, answered: BoardAnswer): void {
  if (!("answer" in answered)) return leave(asked);
  const text = JSON.stringify(answered.answer);
  if (text === asked.text) return;
  asked.text = text;
  tell(asked, answered.answer);
}

function leave(asked: Asked): void {
  asked.board = null;
  tell(asked, "alone");
}

function tell(asked: Asked, told: Told): void {
  asked.told = told;
  for (const listener of [...asked.listeners]) listener();
}

const wantedOf = (board: Board) =>
  board.asked.filter((asked) => asked.board === board && asked.listeners.size > 0);
