/**
 * A chart, or a board of charts, in another page: `?embed=` has the query or a list of them as JSON, and what is behind
 * the "#" is a token of `embeds:create`. Its filters are shown, and nothing here can change them.
 */
import { useMemo, useState } from "react";
import { RollupsProvider, useAggregate, type AggregateQuery } from "../../react/index.js";
import { rollupsApi } from "../api.js";
import { Screen } from "../chrome/Screen.js";
import { Waiting } from "../chrome/Waiting.js";
import { Chart } from "../explore/Chart.js";
import { askedOf } from "../explore/reading.js";
import { headingOf } from "../explore/shown.js";
import { formatDimensionValue } from "../format/filters.js";
import { failureWords } from "../format/failures.js";
import { dimensionTitle } from "../model/members.js";
import { cubeNames, type CubeName } from "../model/views.js";
import type { LockedFilter } from "./token.js";
import { useEmbed } from "./useEmbed.js";
import "../theme/embed.css";
import "../theme/explore.css";
import "../theme/exploreAnswer.css";

/** As many as a board answers. */
const CHARTS_MAX = 24;

export function Embed() {
  const embedded = useEmbed();
  const [queries] = useState(() => queriesIn(window.location.search));
  if (queries.length === 0)
    return <Screen title="No chart" text="The address names no question." />;
  if (embedded.status === "pending") return <Waiting />;
  if (embedded.status === "over") {
    return <Screen title="This link is over" text="Open the page that shows this chart again." />;
  }
  const { client, timezone, told } = embedded;
  const { tenantId, filters } = told;
  return (
    <RollupsProvider {...{ client, api: rollupsApi, tenant: { tenantId }, timezone }}>
      <main className="embed">
        {queries.map((query, i) => (
          <EmbeddedChart key={i} {...{ query, timezone, filters: filters[cubeOf(query)] ?? [] }} />
        ))}
      </main>
    </RollupsProvider>
  );
}

interface EmbeddedChartProps {
  query: AggregateQuery;
  timezone: string;
  filters: readonly LockedFilter[];
}

function EmbeddedChart({ query, timezone, filters }: EmbeddedChartProps) {
  const answer = useAggregate(query);
  const cube = cubeOf(query);
  const asked = useMemo(() => askedOf(query, cube), [query, cube]);
  const { data, error } = answer;
  const words = error && failureWords(error);
  return (
    <section className="card" aria-label={headingOf(cube, asked)} data-served-by={answer.servedBy}>
      <header className="card-header">
        <h2>{headingOf(cube, asked)}</h2>
      </header>
      <LockedFilters cube={cube} filters={filters} />
      {words && (
        <div className="note" role="alert">
          <p className="note-title">{words.title}</p>
          <p className="note-detail">{words.text}</p>
        </div>
      )}
      {data === undefined && !words && <div className="loading" aria-busy />}
      {data?.length === 0 && <p className="note">Nothing in this period</p>}
      {data !== undefined && data.length > 0 && (
        <Chart subject={{ cube, timezone }} answer={answer} shown={asked} span={null} />
      )}
    </section>
  );
}

/** What the figures are of: told, and not to be taken away. */
function LockedFilters({ cube, filters }: { cube: CubeName; filters: readonly LockedFilter[] }) {
  return (
    <ul className="chips" aria-label="Fixed filters">
      {filters.map(({ dimension, values }) => (
        <li key={dimension} className="chip chip-locked">
          <span className="chip-title">{dimensionTitle(cube, dimension)} is</span>{" "}
          <span className="chip-value">
            {values.map((value) => formatDimensionValue(cube, dimension, value)).join(" or ")}
          </span>
        </li>
      ))}
    </ul>
  );
}

const membersOf = ({ measures = [], dimensions = [] }: AggregateQuery) => [
  ...measures,
  ...dimensions,
];

function cubeOf(query: AggregateQuery): CubeName {
  const [member = ""] = membersOf(query);
  return cubeNames.find((name) => member.startsWith(`${name}.`)) ?? "watch";
}

/** Those of the address that are questions; what they ask is the backend's to check. */
function queriesIn(search: string): readonly AggregateQuery[] {
  try {
    const told: unknown = JSON.parse(new URLSearchParams(search).get("embed") ?? "[]");
    const all = (Array.isArray(told) ? told : [told]) as AggregateQuery[];
    return all.filter(isQuery).slice(0, CHARTS_MAX);
  } catch {
    return [];
  }
}

function isQuery(told: unknown): told is AggregateQuery {
  if (typeof told !== "object" || told === null) return false;
  const { measures } = told as AggregateQuery;
  return Array.isArray(measures) && measures.every((name) => typeof name === "string");
}
