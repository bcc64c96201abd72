/** WebSockets for Cube's transport, at `/` as Cube has them. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket, WebSocketServer } from "ws";
import { tenantOf, type TenantArgument } from "../http/exchange.js";
import type { Log } from "../log.js";
import { CubeSocket, type SocketOptions } from "./cubeSocket.js";

export interface SocketServerOptions extends SocketOptions {
  /** Of the package `ws`. */
  WebSocketServer: typeof WebSocketServer;
  tenantArgument: TenantArgument;
  origins: readonly string[] | null;
  log: Log;
}

const PATHS = ["/", "/cubejs-api/v1", "/cubejs-api/v1/"];

/** How often sockets are looked at whether they are alive. */
const LOOK_MS = 5000;

export class SocketServer {
  private readonly server: WebSocketServer;
  private readonly sockets = new Map<WebSocket, CubeSocket>();
  private readonly looks: NodeJS.Timeout;

  constructor(
    http: Server,
    private readonly options: SocketServerOptions,
  ) {
    const { WebSocketServer: Sockets, limits } = options;
    this.server = new Sockets({ noServer: true, maxPayload: limits.requestBytesMax });
    http.on("upgrade", (request, socket, head) => this.upgrade(request, socket, head));
    this.looks = setInterval(() => {
      for (const socket of this.sockets.values()) socket.look();
    }, LOOK_MS);
    this.looks.unref();
  }

  get size(): number {
    return this.sockets.size;
  }

  /** "Going away": clients connect again. */
  close(): void {
    clearInterval(this.looks);
    for (const socket of this.sockets.keys()) socket.close(1001, "The gateway stops");
  }

  terminate(): void {
    for (const socket of this.sockets.keys()) socket.terminate();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { origins, limits, tenantArgument } = this.options;
    const url = new URL(request.url ?? "/", "http://gateway");
    const { origin } = request.headers;
    const refuse = (status: string) => {
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    };
    if (!PATHS.includes(url.pathname)) return refuse("404 Not Found");
    if (origins !== null && origin !== undefined && !origins.includes(origin)) {
      return refuse("403 Forbidden");
    }
    if (this.sockets.size >= limits.connectionsMax) return refuse("503 Service Unavailable");
    let tenant: Record<string, string>;
    try {
      tenant = tenantOf(request, url, tenantArgument);
    } catch {
      return refuse("403 Forbidden");
    }
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      this.sockets.set(webSocket, new CubeSocket(webSocket, tenant, this.options));
      webSocket.on("close", () => this.sockets.delete(webSocket));
    });
  }
}
