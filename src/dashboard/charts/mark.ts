/** A mark that stands for a value: how it looks by what the view asks for, and what a click on it means. */
import type { MouseEvent } from "react";
import { isShown, type Condition } from "../model/filters.js";

/** With Alt or Shift a value is left out. */
export function isLeavingOut({ altKey, shiftKey }: Pick<MouseEvent, "altKey" | "shiftKey">) {
  return altKey || shiftKey;
}

export interface MarkState {
  /** The value is filtered by, in whatever way. */
  isPressed: boolean;
  isLeftOut: boolean;
  /** Its records are not asked for. */
  isFaint: boolean;
  /** Said after its name. */
  words: string;
}

export function markState(condition: Condition | undefined, value: string | null): MarkState {
  const isPressed = value !== null && condition?.values.includes(value) === true;
  const isFaint = value === null ? condition?.operator === "equals" : !isShown(condition, value);
  const isLeftOut = isPressed && isFaint;
  return { isPressed, isLeftOut, isFaint, words: isLeftOut ? ", left out" : "" };
}

/** Of the darkest, in percent: no finer shade is told apart, and a cell that keeps its own is not painted again. */
export function shadeOf(value: number, most: number): number {
  return Math.round((value / most) * 100) / 100;
}
