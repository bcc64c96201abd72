import { useRollup } from "convex-rollups/react";
import { api } from "../convex/_generated/api";
import type { Id } from "../convex/_generated/dataModel";

/** Revenue by day and status, live. */
export function Dashboard({ orgId }: { orgId: Id<"orgs"> }) {
  const { data } = useRollup(
    api.rollups.rows,
    { orgId },
    {
      measures: ["orders.revenue"],
      dimensions: ["orders.status"],
      timeDimensions: [{ dimension: "orders.createdAt", granularity: "day" }],
    },
  );
  return (
    <ul>
      {data?.map((row) => {
        const key = `${row["orders.createdAt.day"].slice(0, 10)} ${row["orders.status"]}`;
        return (
          <li key={key}>
            {key}: {(row["orders.revenue"] ?? 0) / 100}
          </li>
        );
      })}
    </ul>
  );
}
