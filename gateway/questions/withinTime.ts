/** What the deployment is waited for, and no longer. */
import { RollupsError } from "../../lib/errors.js";

/** Rejects with `TimedOut` after `ms`. */
export async function withinTime<T>(done: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new RollupsError("TimedOut", "The deployment does not answer")),
      ms,
    );
  });
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
