/** Stands between page and backend, and gives some questions another answer than the backend's. */
import type { Page } from "playwright-core";

/** Instead of an answer: another value, or a failure as the backend reports one. */
export type Rewritten =
  | { type: "QueryUpdated"; value: unknown }
  | { type: "QueryFailed"; errorMessage: string; errorData?: unknown };

interface Asked {
  udfPath: string;
  query: { dimensions?: string[]; filters?: { member: string }[] };
}

interface Modification {
  type: string;
  queryId: number;
  udfPath?: string;
  args?: [{ query?: Asked["query"]; questions?: { query: Asked["query"] }[] }];
  value?: unknown;
}

/**
 * To be called before the page is loaded; `rewrite` gives null for what is to be left as it is. A question on a board is
 * given by the name of `aggregates:rows`: its board refuses it, so that it is asked alone.
 */
export function rewriteAnswers(rewrite: (asked: Asked) => Rewritten | null) {
  return (page: Page): Promise<void> =>
    page.routeWebSocket(/\/sync$/, (socket) => {
      const server = socket.connectToServer();
      const asked = new Map<number, Asked>();
      const boards = new Map<number, Asked[]>();
      socket.onMessage((message) => {
        for (const { type, queryId, udfPath, args } of modificationsOf(message)) {
          if (type !== "Add" || udfPath === undefined) continue;
          asked.set(queryId, { udfPath, query: args?.[0].query ?? {} });
          const questions = args?.[0].questions ?? [];
          boards.set(
            queryId,
            questions.map(({ query }) => ({ udfPath: "aggregates:rows", query })),
          );
        }
        server.send(message);
      });
      server.onMessage((message) => {
        const text = String(message);
        const rewritten = modificationsOf(text).map((modification) => {
          const board = boards.get(modification.queryId) ?? [];
          if (board.length > 0) return withRefusals(modification, board, rewrite);
          const question = asked.get(modification.queryId);
          const other = question === undefined ? null : rewrite(question);
          return other === null
            ? modification
            : { queryId: modification.queryId, logLines: [], journal: null, ...other };
        });
        if (rewritten.length === 0) return socket.send(message);
        socket.send(JSON.stringify({ ...(JSON.parse(text) as object), modifications: rewritten }));
      });
    });
}

function withRefusals(
  modification: Modification,
  board: readonly Asked[],
  rewrite: (asked: Asked) => Rewritten | null,
): Modification {
  const { answers } = (modification.value ?? {}) as { answers?: unknown[] };
  if (answers === undefined) return modification;
  const refusal = { code: "QueryTooLarge", message: "asked alone" };
  const rewritten = answers.map((one, i) => (rewrite(board[i]!) === null ? one : { refusal }));
  return { ...modification, value: { answers: rewritten } };
}

function modificationsOf(message: string | Buffer): Modification[] {
  return (JSON.parse(String(message)) as { modifications?: Modification[] }).modifications ?? [];
}
