/**
 * Writes one record, so that anyone can see the screen react. The record looks like the ones in
 * sight: its category, channel or warehouse are the filtered or leading ones, and it happens on the
 * newest day, where presets look.
 */
import { useState } from "react";
import { useConvex } from "convex/react";
import { useAggregate, type Tenant } from "../../react/index.js";
import { functions } from "../api.js";
import { PlusIcon } from "../chrome/icons.js";
import type { Day } from "../model/calendar.js";
import { useConnection } from "../session/useConnection.js";
import { rankingQuestion, type Scope } from "../model/questions.js";
import { useView } from "./ViewContext.js";

/** How long "Recorded" stays on the button. */
const thanksMs = 1_600;

export function RecordButton({ tenant, day }: { tenant: Tenant; day: Day }) {
  const { tenantId, timezone } = tenant;
  const { scope } = useView();
  const convex = useConvex();
  const { lost } = useConnection();
  const [state, setState] = useState<"idle" | "busy" | "done" | "failed">("idle");
  const category = useLeading(scope, "category");
  const place = useLeading(scope, scope.cube === "watch" ? "channel" : "warehouse");
  const detail = useLeading(scope, scope.cube === "watch" ? "topic" : "product");

  const record = async () => {
    setState("busy");
    const key = crypto.randomUUID();
    try {
      // Calendars of zones are fetched with the first record, not with the first screen.
      const { instantOf } = await import("../../../lib/time/calendar.js");
      const at = Math.min(Date.now(), instantOf(timezone, `${day}T12:00:00.000`));
      if (scope.cube === "watch") {
        await convex.mutation(functions.recordWatch, {
          tenantId,
          row: {
            key,
            videoId: "welcome",
            title: "Welcome tour",
            channel: place,
            topics: [detail],
            category,
            viewer: "you",
            watchedAt: at,
            durationSeconds: 600,
          },
        });
      } else {
        await convex.mutation(functions.recordInventory, {
          tenantId,
          row: {
            key,
            product: detail,
            category,
            warehouse: place,
            kind: "receipt",
            quantity: 100,
            unitCost: 2.5,
            occurredAt: at,
          },
        });
      }
      setState("done");
    } catch {
      setState("failed");
    }
    setTimeout(() => setState("idle"), thanksMs);
  };

  const noun = scope.cube === "watch" ? "Record a view" : "Receive stock";
  const words = { idle: noun, busy: noun, done: "Recorded", failed: "Not recorded" };
  return (
    <button
      type="button"
      className="button button-primary"
      disabled={state === "busy" || lost !== null}
      title={lost === null ? undefined : "Nothing can be recorded without a connection"}
      onClick={() => void record()}
    >
      <PlusIcon />
      <span aria-live="polite">{words[state]}</span>
    </button>
  );
}

/** The filtered value of a dimension, else its leading one. */
function useLeading(scope: Scope, dimension: string): string {
  const { operator, values } = scope.filters[dimension] ?? {};
  const filtered = operator === "equals" ? values?.[0] : undefined;
  const answer = useAggregate(
    filtered !== undefined
      ? "skip"
      : rankingQuestion(
          { ...scope, filters: {} },
          dimension,
          [`${scope.cube}.count`],
          `${scope.cube}.count`,
          1,
        ),
  );
  const leading = answer.data?.[0]?.[`${scope.cube}.${dimension}`];
  return filtered ?? (typeof leading === "string" && leading !== "" ? leading : "Other");
}
