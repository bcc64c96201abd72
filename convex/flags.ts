/**
 * The switch between rollups and the browser fallback, per tenant, per cube and gradually. A subscription of its own, so
 * changing it moves live dashboards without a reload. Where nobody has moved anything, it is "on".
 */
import { rollups } from "./rollups.js";

export const { get, set, move, differences, clear, report, admit, answer, compare } =
  rollups.rollout();
