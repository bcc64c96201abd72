/** What the browser is measured on: the demo with its data, resting as a deployment does, and who writes to it. */
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexHttpClient } from "convex/browser";
import type { Browser } from "playwright-core";
import { mintToken } from "../../cli/connection.js";
import { serveDashboard } from "../../cli/demo/dashboardServer.js";
import { freePort } from "../../cli/demo/ports.js";
import { runDemo } from "../../cli/demo/runDemo.js";
import { api } from "../../convex/_generated/api.js";
import { foldLimits } from "../../convex/components/rollups/limits/fold.js";
import type { Profile } from "../../local/database/limits.js";
import { setEnvironment } from "../../local/push.js";
import { launchChromium } from "../../tests/e2e/support/chromium.js";
import { startDelay } from "./delay.js";

/** The demo's larger tenant, and its share of the records of both cubes. */
export const TENANT = "acme";
const TENANT_SHARE = 1.1;

/** Of a deployment whose data is kept: it signs tokens under its address, and the app remembers whose it accepts. */
const keptPorts = [38_220, 38_221, 38_222] as const;

const freePorts = async () => [await freePort(), await freePort(), await freePort()] as const;

export interface StageOptions {
  /** Of the tenant, both cubes together. */
  records: number;
  dataDir: string | undefined;
  profile: Profile | undefined;
  note: (line: string) => void;
}

/** The dashboard at one address. */
export interface Served {
  url: string;
  stop: () => Promise<void>;
}

export class Stage {
  private constructor(
    readonly url: string,
    readonly browser: Browser,
    private readonly backend: { url: string; adminKey: string },
    private readonly stops: (() => Promise<void> | void)[],
  ) {}

  static async start({ records, dataDir, profile, note }: StageOptions): Promise<Stage> {
    const stops: (() => Promise<void> | void)[] = [];
    const [port, sitePort, uiPort] = dataDir === undefined ? await freePorts() : keptPorts;
    const backend = await runDemo(
      {
        ...{ records: Math.round(records / TENANT_SHARE), port, sitePort, uiPort },
        ...{ dataDir, profile, limits: undefined },
      },
      Date.now(),
      (stop) => stops.push(stop),
      { say: note },
    );
    // The demo follows writes at once, for people who watch it. What a write costs is that of a deployment's rests.
    await setEnvironment(backend, {
      ROLLUPS_REST_MS_MIN: String(foldLimits.restMsMin),
      ROLLUPS_REST_MS_MAX: String(foldLimits.restMsMax),
    });
    const browser = await launchChromium();
    stops.push(() => browser.close());
    const stage = new Stage(`http://127.0.0.1:${uiPort}`, browser, backend, stops);
    await stage.built();
    return stage;
  }

  /** The same dashboard, whose page reaches its backend half a round trip late, in either direction. */
  async serveFarAway(roundTripMs: number): Promise<Served> {
    const far = await startDelay(Number(new URL(this.backend.url).port), roundTripMs / 2);
    const port = await freePort();
    const server = await serveDashboard(port, async () => ({
      url: `http://127.0.0.1:${far.port}`,
      token: await this.token(),
    }));
    return {
      url: server.url,
      stop: async () => {
        await server.stop();
        await far.stop();
      },
    };
  }

  async client(): Promise<ConvexHttpClient> {
    const client = new ConvexHttpClient(this.backend.url, { logger: false });
    client.setAuth(await this.token());
    return client;
  }

  /** Records views at a steady rate until it is stopped, which tells how many. */
  async writeSteadily(perSecond: number): Promise<() => Promise<number>> {
    const client = await this.client();
    const values = await leadingValues(client);
    let isOver = false;
    let written = 0;
    const write = async () => {
      const row = { ...rowOf(values, written), key: `bench-${Date.now()}-${written}` };
      written++;
      await client.mutation(api.watch.record, { tenantId: TENANT, row }, { skipQueue: true });
    };
    const done = (async () => {
      const startedAt = performance.now();
      while (!isOver) {
        await write();
        await sleep(Math.max(0, startedAt + (written * 1000) / perSecond - performance.now()));
      }
      return written;
    })();
    return () => {
      isOver = true;
      return done;
    };
  }

  /** Until nothing is left to fold. */
  async folded(): Promise<void> {
    const client = await this.client();
    for (;;) {
      const { backlog } = await client.query(api.aggregates.freshness, { tenantId: TENANT });
      if (!backlog) return;
      await sleep(500);
    }
  }

  /** Until every rollup serves, and nothing is left to fold: a slow machine is not done when all is sent. */
  private async built(): Promise<void> {
    const client = await this.client();
    for (;;) {
      await this.folded();
      const { backfills } = await client.query(api.aggregates.health, { tenantId: TENANT });
      if (backfills.length === 0) return;
      await sleep(500);
    }
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }

  private token(): Promise<string> {
    return mintToken(this.backend, { subject: "demo", name: "Demo" });
  }
}

type Values = Record<"category" | "channel" | "topic" | "title" | "viewer", string[]>;

/** Writes are of what there is, so that no tile grows new series. */
async function leadingValues(client: ConvexHttpClient): Promise<Values> {
  const found: Record<string, string[]> = {};
  for (const name of ["category", "channel", "topic", "title", "viewer"]) {
    const member = `watch.${name}`;
    const { data } = await client.query(api.aggregates.load, {
      tenantId: TENANT,
      query: {
        measures: ["watch.count"],
        dimensions: [member],
        order: [["watch.count", "desc"]],
        limit: 8,
      } as never,
    });
    found[name] = data.flatMap((row) => {
      const value = (row as Record<string, unknown>)[member];
      return typeof value === "string" ? [value] : [];
    });
  }
  return found as Values;
}

function rowOf(values: Values, i: number) {
  const pick = (name: keyof Values) => values[name][i % values[name].length] ?? name;
  return {
    ...{ videoId: pick("title"), title: pick("title"), channel: pick("channel") },
    ...{ topics: [pick("topic")], category: pick("category"), viewer: pick("viewer") },
    ...{ watchedAt: Date.now(), durationSeconds: 120 + (i % 7) * 60 },
  };
}
