/**
 * What a WebSocket's client is still to be sent: of each subscription the newest alone. After each batch a ping goes
 * out, and the next batch waits for its pong. So a client that is slow has one batch on its way and no more, and one
 * that takes its messages from a stack, as Cube's does, never has two of them.
 */
import type { WebSocket } from "ws";

/** One message in parts, of which some are shared by many readers; null where there is nothing to say any more. */
export type Produce = () => readonly (string | Buffer)[] | null;

export class Outbox {
  private readonly waiting = new Map<unknown, Produce>();
  private pingedAt: number | null = null;
  private spokeAt: number;

  constructor(
    private readonly socket: WebSocket,
    private readonly now: () => number,
  ) {
    this.spokeAt = now();
    socket.on("pong", () => {
      this.pingedAt = null;
      this.flush();
    });
  }

  get size(): number {
    return this.waiting.size;
  }

  /** Under a name that waits already it takes that one's place. */
  put(name: unknown, produce: Produce): void {
    this.waiting.set(name, produce);
    // What one transition of the deployment brings goes out together.
    queueMicrotask(() => this.flush());
  }

  drop(name: unknown): void {
    this.waiting.delete(name);
  }

  /** Whether the client has not answered a ping for that long. A quiet one is asked. */
  isStalled(stallMs: number, heartbeatMs: number): boolean {
    if (this.pingedAt !== null) return this.now() - this.pingedAt > stallMs;
    if (this.now() - this.spokeAt > heartbeatMs) this.ping();
    return false;
  }

  private flush(): void {
    const { socket, waiting } = this;
    if (this.pingedAt !== null || waiting.size === 0 || socket.readyState !== socket.OPEN) return;
    const batch = [...waiting.values()];
    waiting.clear();
    let isAny = false;
    for (const produce of batch) {
      const parts = produce();
      if (parts === null) continue;
      isAny = true;
      // Fragments of one message: shared bytes are not copied for each reader.
      parts.forEach((part, i) =>
        socket.send(part, { binary: false, fin: i === parts.length - 1, compress: false }),
      );
    }
    if (isAny) this.ping();
  }

  private ping(): void {
    this.pingedAt = this.spokeAt = this.now();
    this.socket.ping();
  }
}
