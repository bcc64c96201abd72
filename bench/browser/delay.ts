/** A network that is far away: passes on all that comes, each piece late by the same time, in order. */
import { connect, createServer, type Socket } from "node:net";

export interface Delay {
  port: number;
  stop: () => Promise<void>;
}

export async function startDelay(targetPort: number, lateMs: number): Promise<Delay> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.setNoDelay(true);
      from.on("data", (piece) => setTimeout(() => to.writable && to.write(piece), lateMs));
      from.on("error", () => from.destroy());
      from.on("close", () => {
        open.delete(from);
        setTimeout(() => to.destroy(), lateMs);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The delay has no port.");
  return {
    port: address.port,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
