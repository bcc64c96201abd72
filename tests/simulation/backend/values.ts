/**
 * Values on their way through JSON, as they leave one function and arrive in another, or in a document.
 * What has arrived is frozen throughout, and nothing else is: it would arrive again as it is.
 */
import { convexToJson, jsonToConvex, type Value } from "convex/values";
import type { Json, JsonObject } from "../../../local/values/json.js";

/** The value of JSON, which is changed to it in place, and frozen throughout. */
export function frozenValue(json: Json): Value {
  if (typeof json !== "object" || json === null) return json;
  const parts = json as Record<string, Json>;
  for (const key in parts) {
    // No field begins with a dollar, so this is a scalar in an object of its own.
    if (key.charCodeAt(0) === DOLLAR) return jsonToConvex(parts);
    const part = parts[key]!;
    if (typeof part === "object" && part !== null) parts[key] = frozenValue(part) as Json;
  }
  return Object.freeze(json) as Value;
}

const DOLLAR = "$".charCodeAt(0);

/** `convexToJson`, with short ways for what it leaves as it is; all else, and every refusal, is its own. */
export function jsonOf(value: unknown): Json {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number" && Number.isFinite(value) && value !== 0) return value;
  if (Array.isArray(value)) return Array.from(value, jsonOf);
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) {
    return convexToJson(value as Value) as Json;
  }
  const json: JsonObject = {};
  for (const key of Object.keys(value).sort()) {
    const part = (value as Record<string, unknown>)[key];
    if (part === undefined) continue;
    if (!fieldNames.has(key)) {
      convexToJson({ [key]: null });
      fieldNames.add(key);
    }
    json[key] = jsonOf(part);
  }
  return json;
}

/**
 * What arrives of a value. `isWhole` takes the whole way, through text and by Convex's own functions, with
 * its order and its refusals of names; the short one copies what that way leaves as it is.
 */
export function crossed(value: unknown, isWhole: boolean): Value {
  if (isWhole) {
    const text = JSON.stringify(convexToJson(value as Value));
    return frozenValue(JSON.parse(text) as Json);
  }
  if (typeof value !== "object" || value === null) {
    if (scalars.has(typeof value)) return value as Value;
    return jsonToConvex(convexToJson(value as Value));
  }
  if (Object.isFrozen(value)) return value as Value;
  if (Array.isArray(value)) return Object.freeze(value.map(arriving)) as Value;
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    return jsonToConvex(convexToJson(value as Value));
  }
  const copy: Record<string, Value> = {};
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key];
    if (part !== undefined) copy[key] = crossed(part, false);
  }
  return Object.freeze(copy);
}

const scalars = new Set(["string", "boolean", "number", "bigint"]);
const arriving = (value: unknown) => crossed(value, false);

/** Names that Convex lets fields have. */
const fieldNames = new Set<string>();
