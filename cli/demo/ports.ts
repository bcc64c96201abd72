/** Ports on the loopback interface: refused by name before anything is started. */
import { createServer } from "node:net";
import { Failure, messageOf } from "../failure.js";

export const loopback = "127.0.0.1";

/** Throws `PortInUse`, naming the option that changes it. */
export async function mustBeFree(port: number, option: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      const message = taken ? `Port ${port} is taken by another program.` : messageOf(error);
      reject(
        new Failure(taken ? "PortInUse" : "PortRefused", message, `Choose another: ${option}`),
      );
    });
    server.listen({ port, host: loopback }, () => server.close(() => resolve()));
  });
}

/** A port that is free right now. */
export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port: 0, host: loopback }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
