import { useQuery } from "convex/react";
import { api } from "../convex/_generated/api";
import type { Id } from "../convex/_generated/dataModel";

/** Revenue by day and status, computed in the browser. */
export function Dashboard({ orgId }: { orgId: Id<"orgs"> }) {
  const orders = useQuery(api.orders.list, { orgId });
  const byDay = new Map<string, number>();
  for (const { createdAt, status, amount } of orders ?? []) {
    const key = `${new Date(createdAt).toISOString().slice(0, 10)} ${status}`;
    byDay.set(key, (byDay.get(key) ?? 0) + amount);
  }
  return (
    <ul>
      {[...byDay].map(([key, cents]) => (
        <li key={key}>
          {key}: {cents / 100}
        </li>
      ))}
    </ul>
  );
}
