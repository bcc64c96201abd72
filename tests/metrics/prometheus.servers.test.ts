/** Prometheus itself over `/metrics` of the local backend: it takes the text and the rules, an alert fires and clears. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Tenant } from "../../bench/support/tenant.js";
import { projectRoot } from "../../cli/demo/backendProcess.js";
import type { LocalBackend } from "../../local/backend.js";
import { pushApp, setEnvironment } from "../../local/push.js";
import { stock } from "../cube/movements.js";
import { startStage } from "../support/stage.js";
import { readOpenMetrics } from "./parse.js";
import { promtool, startPrometheus, type Prometheus } from "./prometheus.js";

const TOKEN = "a token for the tests of metrics";
const rules = join(projectRoot, "docs/metrics/rules.yml");

let backend: LocalBackend;
let tenant: Tenant;
let prometheus: Prometheus;
let target: URL;

beforeAll(async () => {
  backend = await startStage();
  await pushApp(backend, { cwd: projectRoot });
  await setEnvironment(backend, {
    ROLLUPS_METRICS_TOKEN: TOKEN,
    // A rest is longer than what is warned of: the alert fires within it.
    ...{ ROLLUPS_FRESHNESS_WARN_MS: "2000", ROLLUPS_REST_MS_MIN: "10000" },
  });
  tenant = await Tenant.open(backend, "acme");
  target = new URL("/metrics", backend.siteUrl);
  prometheus = await startPrometheus(target, TOKEN, rules);
});

afterAll(async () => {
  await prometheus?.stop();
  await backend?.stop();
});

test("promtool finds nothing wrong with the rules, nor with the metrics", async () => {
  expect(await promtool(["check", "rules", rules])).toBe("");
  const response = await fetch(target, { headers: { authorization: `Bearer ${TOKEN}` } });
  const text = await response.text();
  expect(readOpenMetrics(text).has("rollups_tenants_awake")).toBe(true);
  // It reads the older text form, which has no units and no end, and names counters with their suffix.
  const older = text
    .replaceAll(/^# UNIT .*\n|^# EOF\n/gm, "")
    .replaceAll(
      /^# (TYPE|HELP) (rollups_folds|rollups_folded_changes|rollups_verification_passes) /gm,
      "# $1 $2_total ",
    );
  expect(await promtool(["check", "metrics"], older)).toBe("");
});

test("an alert fires while changes are not folded, and clears once they are", async () => {
  const wait = { timeout: 60_000, interval: 500 };
  await vi.waitFor(async () => {
    expect(await prometheus.query("up")).toMatchObject([{ value: [expect.any(Number), "1"] }]);
  }, wait);
  expect(await prometheus.firing()).toEqual([]);
  await tenant.send("inventory", [stock("2026-01-05T10:00", "Books", 5)]);
  await vi.waitFor(async () => {
    expect(await prometheus.firing()).toEqual(["RollupsBehind"]);
  }, wait);
  const [age] = await prometheus.query('rollups_unfolded_age_seconds{tenant="acme"}');
  expect(Number(age?.value[1])).toBeGreaterThan(2);
  await tenant.settled();
  await vi.waitFor(async () => {
    expect(await prometheus.firing()).toEqual([]);
  }, wait);
  const [folds] = await prometheus.query('rollups_folds_total{tenant="acme"}');
  expect(Number(folds?.value[1])).toBeGreaterThan(0);
});

test("the dashboard asks for nothing that is not there", async () => {
  const dashboard = JSON.parse(
    await readFile(join(projectRoot, "docs/metrics/grafana.json"), "utf8"),
  ) as { panels: { title: string; targets: { expr: string }[] }[] };
  expect(dashboard.panels.length).toBeGreaterThan(5);
  for (const { title, targets } of dashboard.panels) {
    for (const { expr } of targets) {
      const found = await prometheus.query(expr.replaceAll("$__rate_interval", "1m"));
      expect(found.length, `${title}: ${expr}`).toBeGreaterThan(0);
    }
  }
});
