/**
 * Names of entries. An entry is named by everything that decides its bytes, so a newer commit is another name and no
 * entry is ever stale.
 */
import { createHash } from "node:crypto";
import { canonicalJson } from "../../lib/hash/canonical.js";

export interface Named {
  /** The deployment's address: several may share a Redis. */
  deployment: string;
  /** The tenant, and with whom the caller shares answers about it. Callers of different scopes share no entry. */
  scope: string;
  /** The query, and whatever else of the request decides the answer. The order of its fields does not matter. */
  question: unknown;
  /** As of which commit the answer is. */
  watermark: string;
}

/**
 * Four parts, parted by dots. Three are hashes (128 bits of SHA-256: questions come from callers, who must not find two
 * with one name), the last is the watermark, so that people can read it. At most 68 characters and the watermark's.
 */
export function keyOf({ deployment, scope, question, watermark }: Named): string {
  return `${short(deployment)}.${short(scope)}.${short(canonicalJson(question))}.${encodeURIComponent(watermark)}`;
}

/** How the keys of a deployment begin, of one of its scopes, or of one of its questions. */
export function prefixOf(
  deployment: string,
  scope?: string,
  question?: Readonly<Record<string, unknown>>,
): string {
  const told = [deployment, scope, question === undefined ? undefined : canonicalJson(question)];
  const first = told.indexOf(undefined);
  const parts = (first < 0 ? told : told.slice(0, first)) as string[];
  return parts.map((part) => `${short(part)}.`).join("");
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
