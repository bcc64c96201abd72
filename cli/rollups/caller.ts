/** In whose name a command asks a deployment. */
import { BackendClient } from "../backendClient.js";
import { badUsage } from "../commandLine.js";
import { findDeployment } from "./deployment.js";

export interface CallerOptions {
  url: string | undefined;
  token: string | undefined;
  adminKey: string | undefined;
  /** The subject of a user in whose name the operator asks, and whose token it would be. */
  as: string | undefined;
  issuer: string | undefined;
}

/** With a token as its user, else as the operator in the name of one. Throws `BadUsage` and `NoDeployment`. */
export async function clientOf(
  { url, token, adminKey, as, issuer }: CallerOptions,
  root: string,
  usage: string,
): Promise<BackendClient> {
  if (token !== undefined) {
    if (url === undefined) throw badUsage("--token goes with --url.", usage);
    return new BackendClient(url, { token });
  }
  const found = await findDeployment(root, { url, adminKey });
  return new BackendClient(found.url, {
    adminKey: found.adminKey,
    ...(as === undefined ? {} : { actingAs: as }),
    ...(issuer === undefined ? {} : { issuer }),
  });
}
