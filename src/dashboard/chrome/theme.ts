/** Light or dark: the system's choice until the user makes one, which is remembered. */
import { useCallback, useLayoutEffect, useState, useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const slot = "rollups:theme";
const dark = "(prefers-color-scheme: dark)";

function readChoice(): Theme | null {
  try {
    const choice = localStorage.getItem(slot);
    return choice === "light" || choice === "dark" ? choice : null;
  } catch {
    return null;
  }
}

function subscribeToSystem(listener: () => void): () => void {
  const query = matchMedia(dark);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}

function show(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
}

/** For the page's entry, before anything is rendered: a dark page must not flash light. */
export function showChosenTheme(): void {
  show(readChoice() ?? (matchMedia(dark).matches ? "dark" : "light"));
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const isSystemDark = useSyncExternalStore(subscribeToSystem, () => matchMedia(dark).matches);
  const [choice, setChoice] = useState(readChoice);
  const theme = choice ?? (isSystemDark ? "dark" : "light");
  useLayoutEffect(() => show(theme), [theme]);
  const choose = useCallback((next: Theme) => {
    setChoice(next);
    try {
      localStorage.setItem(slot, next);
    } catch {
      // A private window may forbid storage; the choice then lasts until the page is left.
    }
  }, []);
  return [theme, choose];
}
