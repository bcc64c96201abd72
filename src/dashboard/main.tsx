/** The page's entry. */
import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.js";
import { showChosenTheme } from "./chrome/theme.js";
import "./theme/tokens.css";
import "./theme/base.css";
import "./theme/layout.css";
import "./theme/controls.css";
import "./theme/popover.css";
import "./theme/cards.css";
import "./theme/states.css";
import "./theme/charts.css";
import "./theme/rankings.css";
import "./theme/ticker.css";
import "./theme/status.css";
import "./theme/narrow.css";
import "./theme/rail.css";

/** In a page elsewhere, where viewers do not sign in. */
const Embed = lazy(async () => ({ default: (await import("./embed/Embed.js")).Embed }));

showChosenTheme();
const isEmbedded = new URLSearchParams(window.location.search).has("embed");
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      {isEmbedded ? (
        <Suspense>
          <Embed />
        </Suspense>
      ) : (
        <App />
      )}
    </StrictMode>,
  );
}
