/**
 * Sign-in. The page's own origin hands out a token and the backend's address at `/demo/token`; the
 * client asks again whenever the backend wants a newer token.
 */
import { useEffect, useState } from "react";
import { ConvexReactClient } from "convex/react";

export type Session =
  | { status: "pending" }
  | { status: "error"; message: string; retry: () => void }
  | { status: "ready"; client: ConvexReactClient; user: string };

interface Grant {
  token: string;
  url: string;
}

/** A sign-in that failed in a way that has words. */
class SignInError extends Error {}

/** The first is what `index.html` has preloaded; the server has none stored. */
async function fetchGrant(): Promise<Grant> {
  const response = await fetch("/demo/token");
  if (!response.ok) throw new SignInError(`The sign-in service answered ${response.status}.`);
  const grant = (await response.json()) as Partial<Grant>;
  if (typeof grant.token !== "string" || typeof grant.url !== "string") {
    throw new SignInError("The sign-in service answered without a token.");
  }
  return { token: grant.token, url: grant.url };
}

/** Never the browser's own text, which says no more and is in its own language. */
function wordsOf(cause: unknown): string {
  if (cause instanceof SignInError) return cause.message;
  return navigator.onLine ? "The sign-in service does not answer." : "You are offline.";
}

/** The token's subject, to keep one user's cached answers from another's; not a check of anything. */
function subjectOf(token: string): string {
  try {
    const payload = token.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? "";
    const { sub } = JSON.parse(atob(payload)) as { sub?: unknown };
    return typeof sub === "string" ? sub : "";
  } catch {
    return "";
  }
}

export function useSession(): Session {
  const [session, setSession] = useState<Session>({ status: "pending" });
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let client: ConvexReactClient | null = null;
    let isOver = false;
    const retry = () => {
      setSession({ status: "pending" });
      setAttempt(attempt + 1);
    };
    fetchGrant().then(
      (grant) => {
        if (isOver) return;
        client = new ConvexReactClient(grant.url, { unsavedChangesWarning: false });
        let first: string | null = grant.token;
        client.setAuth(async ({ forceRefreshToken }) => {
          const token = forceRefreshToken || first === null ? (await fetchGrant()).token : first;
          first = null;
          return token;
        });
        setSession({ status: "ready", client, user: subjectOf(grant.token) });
      },
      (cause: unknown) => {
        if (isOver) return;
        setSession({ status: "error", message: wordsOf(cause), retry });
        window.addEventListener("online", retry, { once: true });
      },
    );
    return () => {
      isOver = true;
      window.removeEventListener("online", retry);
      void client?.close();
    };
  }, [attempt]);

  return session;
}
