/** A screen over a running backend whose client's questions are listed, with or without asking ahead. */
import { act, renderHook } from "@testing-library/react";
import { ConvexReactClient } from "convex/react";
import type { ReactNode } from "react";
import { WebSocket } from "ws";
import { heldApi, rollupsApi } from "../../src/dashboard/api.js";
import {
  RollupsProvider,
  useAggregate,
  type AggregateAnswer,
  type AggregateQuery,
} from "../../src/react/index.js";
import { usePrefetch, type Prefetch } from "../../src/react/prefetch/index.js";
import type { Started } from "../realData/backend.js";

/** Names of the queries that a client's messages add. */
export class ListedClient {
  readonly added: string[] = [];
  readonly client: ConvexReactClient;

  constructor({ process, token }: Started) {
    const note = (text: string) => {
      const message = JSON.parse(text) as {
        type: string;
        modifications: { type: string; udfPath: string }[];
      };
      if (message.type !== "ModifyQuerySet") return;
      for (const { type, udfPath } of message.modifications) {
        if (type === "Add") this.added.push(udfPath);
      }
    };
    class ListedSocket extends WebSocket {
      override send(data: never): void {
        note(String(data));
        super.send(data);
      }
    }
    this.client = new ConvexReactClient(process.url, {
      webSocketConstructor: ListedSocket as unknown as typeof globalThis.WebSocket,
      logger: false,
    });
    this.client.setAuth(() => Promise.resolve(token));
  }

  /** What has been asked since the last time. */
  taken(): string[] {
    return this.added.splice(0);
  }
}

export interface ScreenOptions {
  client: ConvexReactClient;
  tenantId: string;
  prefetch?: Prefetch | undefined;
  isHeld?: boolean;
}

/** Answers of each rendering, in order. */
export function showScreen(
  { client, tenantId, prefetch, isHeld = false }: ScreenOptions,
  questions: readonly AggregateQuery[],
) {
  let tenant = tenantId;
  const wrapper = ({ children }: { children: ReactNode }) => (
    <RollupsProvider
      {...{ api: rollupsApi, tenant: { tenantId: tenant }, timezone: "UTC", client }}
      {...(prefetch && { prefetch })}
      {...(isHeld && { held: heldApi })}
    >
      {children}
    </RollupsProvider>
  );
  const frames: AggregateAnswer[][] = [];
  const hook = renderHook(
    (asked: readonly AggregateQuery[]) => {
      const answers = questions.map((_, i) => useAggregate(asked[i] ?? "skip"));
      frames.push(answers);
      return { answers, screen: usePrefetch() };
    },
    { wrapper, initialProps: questions },
  );
  return {
    ...hook,
    answers: () => hook.result.current.answers,
    isThere: () => hook.result.current.answers.every(isThere),
    /** Shows other questions; the answers of the first frame. */
    to: (next: readonly AggregateQuery[]): AggregateAnswer[] => {
      const from = frames.length;
      hook.rerender(next);
      return frames[from]!;
    },
    toTenant: (next: string, asked: readonly AggregateQuery[]) => {
      tenant = next;
      hook.rerender(asked);
    },
    /** Frames so far. */
    frames,
  };
}

const isThere = ({ status, isPlaceholderData }: AggregateAnswer) =>
  status === "error" || (status === "success" && !isPlaceholderData);

export const pause = (ms: number) =>
  act(async () => void (await new Promise((done) => setTimeout(done, ms))));
