/** What goes over a page's sync socket, counted by the function that is asked. */
import type { Page } from "playwright-core";

export interface Counted {
  /** Messages of the page. Tokens and the client's own measurements are no questions. */
  sent: number;
  received: number;
  /** Length of what is received. */
  bytes: number;
}

interface Modification {
  type: string;
  queryId: number;
  udfPath?: string;
}

interface Message {
  type: string;
  modifications?: Modification[];
}

export class Traffic {
  private readonly counted: Counted = { sent: 0, received: 0, bytes: 0 };
  private byFunction = new Map<string, { answers: number; bytes: number }>();

  /** Before the page is loaded. */
  constructor(page: Page) {
    page.on("websocket", (socket) => {
      if (!socket.url().endsWith("/sync")) return;
      const asked = new Map<number, string>();
      socket.on("framesent", ({ payload }) => {
        const { type, modifications = [] } = JSON.parse(String(payload)) as Message;
        if (type === "ModifyQuerySet") this.counted.sent++;
        for (const { type, queryId, udfPath } of modifications)
          if (type === "Add" && udfPath !== undefined) asked.set(queryId, udfPath);
      });
      socket.on("framereceived", ({ payload }) => {
        const text = String(payload);
        const { type, modifications = [] } = JSON.parse(text) as Message;
        if (type === "Ping") return;
        this.counted.received++;
        this.counted.bytes += text.length;
        for (const modification of modifications) {
          const name = asked.get(modification.queryId) ?? "?";
          const known = this.byFunction.get(name) ?? { answers: 0, bytes: 0 };
          known.answers++;
          known.bytes += JSON.stringify(modification).length;
          this.byFunction.set(name, known);
        }
      });
    });
  }

  now(): Counted {
    return { ...this.counted };
  }

  /** Answers and their bytes by function since the last call, the largest first. */
  takeByFunction(): { name: string; answers: number; bytes: number }[] {
    const taken = [...this.byFunction].map(([name, counts]) => ({ name, ...counts }));
    this.byFunction = new Map();
    return taken.sort((a, b) => b.bytes - a.bytes);
  }
}
