/** What Convex refuses and convex-test lets pass. */
import { onTestFinished } from "vitest";

type Syscall = (name: string, json: string) => Promise<string>;

/** Until the test ends `check` runs before each system call of a name, and may throw. */
export function refuse(
  syscall: string,
  check: (json: string, ask: Syscall) => void | Promise<void>,
): void {
  const world = globalThis as unknown as { Convex: { asyncSyscall: Syscall } };
  const { Convex } = world;
  // Its members are there while a function runs only.
  world.Convex = Object.create(Convex, {
    asyncSyscall: {
      get: (): Syscall => {
        const { asyncSyscall } = Convex;
        return async (name, json) => {
          if (name === syscall) await check(json, asyncSyscall);
          return await asyncSyscall(name, json);
        };
      },
    },
  }) as typeof Convex;
  onTestFinished(() => void (world.Convex = Convex));
}
