/** Accepts WebSocket connections at `/api/<version>/sync` and keeps the sockets. */
import type { Server } from "node:http";
import { WebSocketServer } from "ws";
import { SyncSocket, type SyncServices } from "./socket.js";

const SYNC_PATH = /^\/api\/(?:[^/]+\/)?sync$/;
const PAYLOAD_MAX = 64 * 1024 * 1024;

/**
 * Serves the sync protocol on an HTTP server, from when the app is `restored` on; returns how many
 * sockets are open, and a way to end them.
 */
export function serveSync(
  server: Server,
  services: SyncServices,
  restored: Promise<void>,
  onFailure: (error: unknown) => void,
): { readonly open: number; drop(): void; close(): void } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: PAYLOAD_MAX,
    perMessageDeflate: false,
  });
  server.on("upgrade", (request, socket, head) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (!SYNC_PATH.test(pathname)) {
      socket.destroy();
      return;
    }
    const origin = {
      ip: request.socket.remoteAddress ?? null,
      userAgent: request.headers["user-agent"] ?? null,
    };
    // A client that reconnects after a restart waits until the app is there again.
    void restored.then(() =>
      sockets.handleUpgrade(request, socket, head, (ws) => {
        new SyncSocket(ws, services, origin, onFailure);
      }),
    );
  });
  const drop = () => {
    for (const client of sockets.clients) client.terminate();
  };
  return {
    get open() {
      return sockets.clients.size;
    },
    drop,
    close() {
      drop();
      sockets.close();
    },
  };
}
