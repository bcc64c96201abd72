/** Debian's Prometheus in a folder of its own, over one target. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Prometheus {
  /** Samples of a query, by what Prometheus calls instant vectors. */
  query(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]>;
  /** Names of the alerts that fire. */
  firing(): Promise<string[]>;
  stop(): Promise<void>;
}

/** `rules` are evaluated each second, and fire at once. */
export async function startPrometheus(
  target: URL,
  token: string,
  rules: string,
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "prometheus-"));
  const text = (await readFile(rules, "utf8")).replaceAll(/^(\s+for:) \S+$/gm, "$1 0s");
  await writeFile(join(folder, "rules.yml"), text);
  await writeFile(join(folder, "token"), token);
  await writeFile(
    join(folder, "prometheus.yml"),
    JSON.stringify({
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: ["rules.yml"],
      scrape_configs: [
        {
          ...{ job_name: "rollups", metrics_path: target.pathname },
          authorization: { credentials_file: "token" },
          static_configs: [{ targets: [target.host] }],
        },
      ],
    }),
  );
  const port = await freePort();
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ],
    { cwd: folder, stdio: ["ignore", "ignore", "inherit"] },
  );
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    return ((await response.json()) as { data: unknown }).data;
  };
  return {
    query: async (expression) => {
      const data = await ask(`query?query=${encodeURIComponent(expression)}`);
      return (data as { result: Awaited<ReturnType<Prometheus["query"]>> }).result;
    },
    firing: async () => {
      const { alerts } = (await ask("alerts")) as {
        alerts: { state: string; labels: { alertname: string } }[];
      };
      return alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels.alertname);
    },
    stop: async () => {
      child.kill();
      await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What promtool says against a text, of rules or of metrics; "" for nothing. */
export async function promtool(args: readonly string[], input = ""): Promise<string> {
  const child = run("promtool", args);
  child.child.stdin?.end(input);
  try {
    const { stderr } = await child;
    return stderr;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
