/** What the layers did, as Prometheus reads it. */
import type { FaultKind } from "./fault.js";
import { isMeasured } from "./knownLayer.js";
import type { CacheLayer } from "./layer.js";

/** Of one layer, since the start. */
export interface LayerCounts {
  hits: number;
  misses: number;
  /** Calls that were not made, as the layer was left alone after a fault. */
  skipped: number;
  errors: Record<FaultKind, number>;
  /** Seconds of calls of `get` that were answered, and how many. */
  seconds: number;
  timed: number;
  /** Whether it is asked now. */
  isUp: boolean;
}

/** Of the cache as a whole, since the start. */
export interface CacheCounts {
  /** Values that no layer had, and that were computed. */
  computed: number;
  /** Requests that waited for a value that another one was getting. */
  joined: number;
  /** Computations that failed. */
  failed: number;
}

export function newLayerCounts(): LayerCounts {
  const errors = { away: 0, slow: 0, corrupt: 0 };
  return { hits: 0, misses: 0, skipped: 0, errors, seconds: 0, timed: 0, isUp: true };
}

type Sample = readonly [labels: string, value: number];

/** Prometheus' text form, 0.0.4. */
export function metricsText(
  layers: readonly { layer: CacheLayer; counts: LayerCounts }[],
  cache: CacheCounts,
  underWay: number,
): string {
  const each = (value: (counts: LayerCounts) => number): Sample[] =>
    layers.map(({ layer, counts }) => [`{layer="${layer.name}"}`, value(counts)]);
  const sizes = layers.flatMap(({ layer }) =>
    isMeasured(layer) ? [{ label: `{layer="${layer.name}"}`, ...layer.size() }] : [],
  );
  const errors = layers.flatMap(({ layer, counts }) =>
    Object.entries(counts.errors).map(([kind, count]): Sample => [
      `{layer="${layer.name}",kind="${kind}"}`,
      count,
    ]),
  );
  return [
    family(
      "hits_total",
      "counter",
      "Requests that a layer answered.",
      each((c) => c.hits),
    ),
    family(
      "misses_total",
      "counter",
      "Requests that a layer could not answer.",
      each((c) => c.misses),
    ),
    family(
      "skipped_total",
      "counter",
      "Calls that were not made, as the layer was left alone after a fault.",
      each((c) => c.skipped),
    ),
    family(
      "errors_total",
      "counter",
      "Faults: no connection, not in time, not what was put there.",
      errors,
    ),
    summary("get_seconds", "Time of a layer's answers.", layers),
    family(
      "up",
      "gauge",
      "1 while a layer is asked, 0 while it is left alone after a fault.",
      each((c) => (c.isUp ? 1 : 0)),
    ),
    family(
      "entries",
      "gauge",
      "Entries that a layer holds.",
      sizes.map(({ label, entries }) => [label, entries]),
    ),
    family(
      "bytes",
      "gauge",
      "Bytes that a layer holds, by its own account.",
      sizes.map(({ label, bytes }) => [label, bytes]),
    ),
    family(
      "bytes_max",
      "gauge",
      "Bytes that a layer may hold.",
      sizes.map(({ label, bytesMax }) => [label, bytesMax]),
    ),
    family(
      "evictions_total",
      "counter",
      "Entries that went to make room.",
      sizes.map(({ label, evictions }) => [label, evictions]),
    ),
    family("computed_total", "counter", "Values that no layer had, and that were computed.", [
      ["", cache.computed],
    ]),
    family("computations_failed_total", "counter", "Computations that failed.", [
      ["", cache.failed],
    ]),
    family(
      "joined_total",
      "counter",
      "Requests that waited for a value that another one was getting.",
      [["", cache.joined]],
    ),
    family("under_way", "gauge", "Values that are being looked up or computed now.", [
      ["", underWay],
    ]),
  ].join("");
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  const full = `rollups_cache_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labels} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
}

function summary(
  name: string,
  help: string,
  layers: readonly { layer: CacheLayer; counts: LayerCounts }[],
): string {
  const full = `rollups_cache_${name}`;
  const lines = layers.map(
    ({ layer, counts }) =>
      `${full}_sum{layer="${layer.name}"} ${counts.seconds}\n${full}_count{layer="${layer.name}"} ${counts.timed}\n`,
  );
  return `# HELP ${full} ${help}\n# TYPE ${full} summary\n${lines.join("")}`;
}
