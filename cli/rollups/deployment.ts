/** The deployment that a command asks, found as `npx convex` finds it, and the key of its operator. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { Failure, messageOf } from "../failure.js";

export interface Deployment {
  url: string;
  adminKey: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the Convex CLI asks for the address of a deploy key. */
const PROVISION_HOST = "https://api.convex.dev";

const HINT =
  "Say --url and --admin-key, or set CONVEX_DEPLOY_KEY (Settings of the deployment in the dashboard), " +
  "or CONVEX_SELF_HOSTED_URL and CONVEX_SELF_HOSTED_ADMIN_KEY.";

/**
 * By `--url` and `--admin-key`; else by the environment, `.env.local` and `.env`, of which the first one counts: a
 * self-hosted deployment, a deploy key, or the local one that `npx convex dev` runs. Throws `NoDeployment`.
 */
export async function findDeployment(
  root: string,
  given: { url: string | undefined; adminKey: string | undefined },
  environment: Environment = process.env,
): Promise<Deployment> {
  const env: Environment = {
    ...read(join(root, ".env")),
    ...read(join(root, ".env.local")),
    ...environment,
  };
  const keyOf = (name: string) => given.adminKey ?? env[name];
  if (given.url !== undefined && given.adminKey !== undefined)
    return { url: given.url, adminKey: given.adminKey };
  const hosted = given.url ?? env["CONVEX_SELF_HOSTED_URL"];
  const hostedKey = keyOf("CONVEX_SELF_HOSTED_ADMIN_KEY");
  if (hosted !== undefined && hostedKey !== undefined) return { url: hosted, adminKey: hostedKey };
  const deployKey = keyOf("CONVEX_DEPLOY_KEY");
  if (deployKey !== undefined && (given.url !== undefined || isDeployKey(deployKey)))
    return { url: given.url ?? (await urlOfKey(deployKey, env)), adminKey: deployKey };
  const local = /^(local|anonymous)[:-]/.test(env["CONVEX_DEPLOYMENT"] ?? "");
  const found = local ? localDeployment(root) : undefined;
  if (found !== undefined) return { url: given.url ?? found.url, adminKey: found.adminKey };
  throw new Failure("NoDeployment", "No deployment with its key is known.", HINT);
}

/** Whether a key is of Convex's own cloud, which tells the address of its deployment. */
const isDeployKey = (key: string) => /^(dev|prod|preview|custom):[^|:]+\|/.test(key);

function read(path: string): Environment {
  return existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
}

/** As `npx convex dev` keeps it in the project. */
function localDeployment(root: string): Deployment | undefined {
  const path = join(root, ".convex/local/default/config.json");
  if (!existsSync(path)) return undefined;
  const { ports, adminKey } = JSON.parse(readFileSync(path, "utf8")) as {
    ports: { cloud: number };
    adminKey: string;
  };
  return { url: `http://127.0.0.1:${ports.cloud}`, adminKey };
}

/** A deployment may have an address of its own, so its name does not tell it. */
async function urlOfKey(deployKey: string, env: Environment): Promise<string> {
  const host = env["CONVEX_PROVISION_HOST"] ?? PROVISION_HOST;
  try {
    const response = await fetch(`${host}/api/deployment/url_for_key`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${deployKey}` },
      body: JSON.stringify({ deployKey }),
    });
    const told: unknown = await response.json();
    if (response.ok && typeof told === "string") return told;
    throw new Error(`${host} answers ${response.status}`);
  } catch (error) {
    throw new Failure(
      "NoDeployment",
      `The address of CONVEX_DEPLOY_KEY is not told: ${messageOf(error)}.`,
      "Say it with --url.",
    );
  }
}
