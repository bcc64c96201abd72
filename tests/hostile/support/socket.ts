/** A bare client of the sync protocol: it says what the test wants and keeps what it hears. */
import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";

export interface Heard {
  /** Messages until the socket closed or the wait was over. */
  messages: { type: string; [field: string]: unknown }[];
  /** Close code, or null when it is still open. */
  closed: number | null;
}

export const connect = () => ({
  type: "Connect",
  sessionId: randomUUID(),
  connectionCount: 0,
  lastCloseReason: "InitialConnect",
  clientTs: Date.now(),
});

export const authenticate = (value: string) => ({
  type: "Authenticate",
  tokenType: "User",
  value,
  baseVersion: 0,
});

export const subscribe = (udfPath: string, args: unknown) => ({
  type: "ModifyQuerySet",
  baseVersion: 0,
  newVersion: 1,
  modifications: [{ type: "Add", queryId: 0, udfPath, args: [args] }],
});

export const mutate = (udfPath: string, args: unknown) => ({
  type: "Mutation",
  requestId: 0,
  udfPath,
  args: [args],
});

/** Sends messages (texts as they are) and listens until `until` is heard, the socket closes or time is up. */
export async function converse(
  url: string,
  messages: readonly (string | object)[],
  until: string,
  waitMs = 5000,
): Promise<Heard> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/1.48.0/sync`);
  const heard: Heard = { messages: [], closed: null };
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, waitMs);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    socket.on("error", reject);
    socket.on("close", (code) => {
      heard.closed = code;
      done();
    });
    socket.on("message", (data: Buffer) => {
      const text = data.toString();
      heard.messages.push(JSON.parse(text) as Heard["messages"][number]);
      if (text.includes(until)) done();
    });
    socket.on("open", () => {
      for (const message of messages) {
        socket.send(typeof message === "string" ? message : JSON.stringify(message));
      }
    });
  });
  socket.removeAllListeners("close");
  socket.terminate();
  return heard;
}
