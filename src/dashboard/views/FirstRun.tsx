/** What a tenant without records sees: ways to the first one. The figures come by themselves once it is in. */
import { useState } from "react";
import { useConvex } from "convex/react";
import type { CubeName } from "../model/views.js";

const rows = {
  watch: {
    videoId: "v1",
    title: "Welcome tour",
    channel: "Support",
    topics: ["Getting started"],
    category: "Education",
    viewer: "ann",
    durationSeconds: 95,
  },
  inventory: {
    product: "Desk lamp",
    category: "Lighting",
    warehouse: "North",
    kind: "receipt",
    quantity: 120,
    unitCost: 14.5,
  },
} as const;

const times = { watch: "watchedAt", inventory: "occurredAt" } as const;
const files = { watch: "history.csv", inventory: "stock.csv" } as const;

interface Way {
  title: string;
  code: string;
}

/** `now` in epoch ms. */
function waysToTheFirstRecord(
  cube: CubeName,
  { tenantId, url, now }: { tenantId: string; url: string; now: number },
): Way[] {
  const args = (at: number | string) => ({ tenantId, row: { ...rows[cube], [times[cube]]: at } });
  const body = { path: `${cube}:record`, args: args(now), format: "json" };
  const code = JSON.stringify(args("now"), null, 2)
    .replace(/"(\w+)":/g, "$1:")
    .replace('"now"', "Date.now()");
  return [
    { title: "From your app", code: `await convex.mutation(api.${cube}.record, ${code});` },
    {
      title: "From a shell",
      code: `curl ${url}/api/mutation \\\n  -H "Authorization: Bearer $TOKEN" \\\n  -H "Content-Type: application/json" \\\n  -d '${JSON.stringify(body)}'`,
    },
    { title: "From a file", code: `npm run import -- ${cube} ${files[cube]} --tenant ${tenantId}` },
  ];
}

export interface FirstRunProps {
  cube: CubeName;
  tenantId: string;
  canWrite: boolean;
}

export function FirstRun({ cube, tenantId, canWrite }: FirstRunProps) {
  const convex = useConvex();
  const [now] = useState(() => Date.now());
  const ways = waysToTheFirstRecord(cube, { tenantId, url: convex.url, now });
  return (
    <section className="card first-run" aria-labelledby="first-run">
      <h2 id="first-run">No records yet</h2>
      <p>
        {canWrite && "Write the first one in any of these ways. "}
        The figures appear here as soon as {canWrite ? "it" : "the first one"} is in, without a
        reload.
      </p>
      {canWrite && (
        <ol className="ways">
          {ways.map((way) => (
            <OneWay key={way.title} {...way} />
          ))}
        </ol>
      )}
    </section>
  );
}

function OneWay({ title, code }: Way) {
  const [said, setSaid] = useState("");
  const copy = () =>
    navigator.clipboard.writeText(code).then(
      () => setSaid("Copied"),
      () => setSaid("Not copied"),
    );
  return (
    <li>
      <h3>{title}</h3>
      <pre className="code" tabIndex={0} aria-label={title}>
        {code}
      </pre>
      <button type="button" className="button" onClick={() => void copy()}>
        Copy<span className="visually-hidden"> what comes from {title.slice(5)}</span>
      </button>
      <span role="status">{said}</span>
    </li>
  );
}
