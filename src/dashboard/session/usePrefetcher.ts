/** Asking ahead, for those who opened the page with `?prefetch`: no other page fetches its code. */
import { useEffect, useState } from "react";
import type { Prefetch } from "../../react/prefetch/index.js";

/** As the page was opened: the address bar forgets it at the first click. */
const isWanted = new URLSearchParams(globalThis.location?.search).has("prefetch");

/** The user's own; undefined where it is not wanted, or its code is on its way. */
export function usePrefetcher(user: string): Prefetch | undefined {
  const [made, setMade] = useState<{ user: string; prefetch: Prefetch } | null>(null);
  useEffect(() => {
    if (!isWanted) return;
    let isOver = false;
    const make = async () => {
      const { Prefetch } = await import("../../react/prefetch/index.js");
      const prefetch = new Prefetch({ keep: { storage: sessionStorage, user } });
      if (!isOver) setMade({ user, prefetch });
    };
    // A page whose code cannot be fetched goes on without it.
    make().catch(() => {});
    return () => {
      isOver = true;
    };
  }, [user]);
  return made?.user === user ? made.prefetch : undefined;
}
