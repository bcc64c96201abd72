/** Pushes an app to a local backend with the stock Convex CLI, so that what runs is what production gets. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface PushTarget {
  url: string;
  adminKey: string;
}

export interface PushOptions {
  /** The project: a directory with package.json and its Convex functions. Default: the current one. */
  cwd?: string;
  typecheck?: boolean;
  codegen?: boolean;
  /** Whether `setIdentity` comes first (default), as an operator sets variables before the first push. */
  identity?: boolean;
}

function cliPath(): string {
  const manifest = createRequire(import.meta.url).resolve("convex/package.json");
  return join(dirname(manifest), "bin", "main.js");
}

/** Variables of the caller's own Convex deployment must not redirect the push. */
function environment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of Object.keys(env)) {
    if (name.startsWith("CONVEX_") || name.startsWith("VITEST")) delete env[name];
  }
  delete env.NODE_OPTIONS;
  return { ...env, CI: "1", NO_COLOR: "1" };
}

/** Runs a Convex CLI command against a backend; resolves to what it printed, rejects with it on failure. */
export async function runCli(
  backend: PushTarget,
  args: readonly string[],
  options: { cwd?: string } = {},
): Promise<{ stdout: string; stderr: string }> {
  const [command, ...rest] = args;
  const cwd = options.cwd ?? process.cwd();
  const credentials = ["--url", backend.url, "--admin-key", backend.adminKey];
  const child = spawn(process.execPath, [cliPath(), command!, ...credentials, ...rest], {
    cwd,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) {
    throw new Error(`convex ${args.join(" ")} failed with exit code ${code}:\n${stderr}${stdout}`);
  }
  return { stdout, stderr };
}

/** Sets environment variables of the app, as `convex env set` does; nothing need be pushed yet. */
export async function setEnvironment(
  { url, adminKey }: PushTarget,
  variables: Record<string, string>,
): Promise<void> {
  const changes = Object.entries(variables).map(([name, value]) => ({ name, value }));
  const response = await fetch(`${url}/api/update_environment_variables`, {
    method: "POST",
    headers: { Authorization: `Convex ${adminKey}` },
    body: JSON.stringify({ changes }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
}

/** Sets the variables that name the backend's own identity provider, where the app has no others. */
export async function setIdentity({ url, adminKey }: PushTarget): Promise<void> {
  const headers = { Authorization: `Convex ${adminKey}` };
  const response = await fetch(`${url}/local/identity`, { method: "POST", headers });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
}

/** Deploys the app of a project to a backend. Rejects with the CLI's output when it is refused. */
export async function pushApp(backend: PushTarget, options: PushOptions = {}): Promise<void> {
  const cwd = options.cwd ?? process.cwd();
  if (!existsSync(join(cwd, "package.json"))) {
    throw new Error(`${cwd} is no project: the Convex CLI needs a package.json there`);
  }
  if (options.identity !== false) await setIdentity(backend);
  await runCli(
    backend,
    [
      "deploy",
      "-y",
      "--typecheck",
      options.typecheck === true ? "enable" : "disable",
      "--codegen",
      options.codegen === true ? "enable" : "disable",
    ],
    { cwd },
  );
}
