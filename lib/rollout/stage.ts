/** How far a tenant, or one of its cubes, has moved to rollups, and what that means for one viewer. */
import { hashNumber } from "../hash/hashNumber.js";

/**
 * "off": people see the old way. "shadow": they do, and the new way is compared with it. "percent": some of them see
 * the new way. "on": all do.
 */
export type Stage = "off" | "shadow" | "percent" | "on";

export type Mode = "on" | "off";

export interface Rollout {
  stage: Stage;
  /** Of "percent": how many of a hundred viewers see the new way. */
  percent: number;
  /** What viewers are drawn by: another salt draws others first. */
  salt: string;
}

/** A viewer's place, 0 to 99: the same for ever, so a greater percentage only adds viewers. O(length). */
export function placeOf(salt: string, viewer: string): number {
  return hashNumber(`${salt}\n${viewer}`) % 100;
}

/** What a viewer sees: "on" is the new way. */
export function modeOf({ stage, percent, salt }: Rollout, viewer: string): Mode {
  if (stage === "percent") return placeOf(salt, viewer) < percent ? "on" : "off";
  return stage === "on" ? "on" : "off";
}
