/** Alerts as JSON to a URL, signed as standardwebhooks.com says, so that receivers have libraries to check them by. */
import { internalActionGeneric } from "convex/server";
import { v, type Validator } from "convex/values";
import { noticeArgs } from "../../../convex/components/rollups/schema/alerts.js";

/** What an app is told: that an alert has begun, has changed, or is over. Times are epoch ms. */
export interface AlertNotice {
  /** The same where it is delivered again. */
  id: string;
  /** The same for all notices of one alert. */
  key: string;
  tenantId: string;
  kind: "freshness" | "failed" | "standstill" | "drift" | "rollback" | "budget";
  /** Null where it is not about one. */
  cube: string | null;
  rollup: string | null;
  state: "ok" | "warn" | "error";
  previous: "ok" | "warn" | "error";
  /** When the state began. */
  since: number;
  /** When it was found: later ones are newer. */
  at: number;
  /** Of the oldest change that was not folded then, in ms; null where it is not about that. */
  ageMs: number | null;
  message: string;
}

/** The arguments of an action or mutation of the app that is called with alerts. */
export const alertArgs: {
  [Name in keyof AlertNotice]: Validator<AlertNotice[Name], "required", string>;
} = noticeArgs;

export interface WebhookOptions {
  /** The environment variable with the URL (default "ROLLUPS_ALERTS_URL"). */
  urlVariable?: string;
  /** That with the secret, 16 characters or more, or "whsec_" and base64 (default "ROLLUPS_ALERTS_SECRET"). */
  secretVariable?: string;
  /** How long the receiver may take, in ms (default 10,000). */
  timeoutMs?: number;
  /** The JSON that is sent, for receivers with a form of their own (default: the alert). */
  body?: (alert: AlertNotice) => unknown;
}

/** A shorter secret can be guessed. */
const SECRET_LENGTH_MIN = 16;
const TIMEOUT_MS = 10_000;

export function sending({
  urlVariable = "ROLLUPS_ALERTS_URL",
  secretVariable = "ROLLUPS_ALERTS_SECRET",
  timeoutMs = TIMEOUT_MS,
  body = (alert) => alert,
}: WebhookOptions) {
  return internalActionGeneric({
    args: alertArgs,
    returns: v.null(),
    handler: async (_ctx, alert): Promise<null> => {
      const url = process.env[urlVariable] ?? "";
      const secret = process.env[secretVariable] ?? "";
      if (url === "") throw new Error(`Set the environment variable ${urlVariable}.`);
      if (secret.length < SECRET_LENGTH_MIN) {
        throw new Error(`Set ${secretVariable} to ${SECRET_LENGTH_MIN} characters or more.`);
      }
      const key = keyOf(secret);
      if (key === null) throw new Error(`${secretVariable}: what follows "whsec_" is no base64.`);
      const text = JSON.stringify(body(alert));
      const timestamp = String(Math.floor(Date.now() / 1000));
      const signature = await signed(key, `${alert.id}.${timestamp}.${text}`);
      const headers = {
        "Content-Type": "application/json",
        ...{ "webhook-id": alert.id, "webhook-timestamp": timestamp },
        "webhook-signature": `v1,${signature}`,
      };
      const { status } = await within(timeoutMs, (signal) =>
        // A receiver that moves is another receiver.
        fetch(url, { method: "POST", headers, body: text, redirect: "manual", signal }),
      );
      if (status < 200 || status > 299) throw new Error(`The webhook answered with ${status}.`);
      return null;
    },
  });
}

/** Null for a secret that says it is base64, and is not. */
function keyOf(secret: string): Uint8Array<ArrayBuffer> | null {
  const coded = /^whsec_(.*)$/.exec(secret)?.[1];
  if (coded === undefined) return new TextEncoder().encode(secret);
  try {
    return Uint8Array.from(atob(coded), (one) => one.charCodeAt(0));
  } catch {
    return null;
  }
}

/** HMAC-SHA256, base64. */
async function signed(key: Uint8Array<ArrayBuffer>, text: string): Promise<string> {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, hmac, false, ["sign"]);
  const bytes = await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

async function within<T>(ms: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  try {
    return await call(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    throw new Error(`The webhook did not answer within ${ms} ms.`);
  } finally {
    clearTimeout(timer);
  }
}
