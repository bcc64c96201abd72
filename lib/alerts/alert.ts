/**
 * Alerts of a tenant, without clock or transport: what is wrong goes in, what is to be told comes out. An alert has two
 * latches, one for "warn" and one for "error", and each turns only after what it is about has held for a while.
 */

/** All there is to be told of. */
export const alertKinds = [
  /** A rollup is further behind than its target. */
  "freshness",
  /** A rollup cannot be maintained, or has a change that could not be folded. */
  "failed",
  /** There is something to fold, and the worker does not come. */
  "standstill",
  /** Verification found buckets that are not what the source says. */
  "drift",
  /** A comparison took a rollout back. */
  "rollback",
  /** Upkeep has used its budget of the month. */
  "budget",
] as const;
export type AlertKind = (typeof alertKinds)[number];

export type Level = "ok" | "warn" | "error";

/** What an alert is about; null where that is the tenant. */
export interface Subject {
  kind: AlertKind;
  cube: string | null;
  rollup: string | null;
}

/** What is wrong. */
export interface Condition extends Subject {
  /** Since when it is so bad at least, epoch ms; null where it is not. What is an error is a warning, too. */
  warn: number | null;
  error: number | null;
  /** Of the oldest change that is not folded; null where that is not what it is about. */
  ageMs: number | null;
  message: string;
  /** It cannot be told now: what was known of it stays. */
  isUnknown?: boolean;
}

export interface Latch {
  isOn: boolean;
  /** When that began. */
  since: number;
  /** Since when it has been otherwise, and not for long enough to turn. */
  turning: number | null;
}

/** An alert as it is kept. */
export interface Alert extends Subject {
  warn: Latch;
  error: Latch;
  ageMs: number | null;
  message: string;
  /** What was told last, … */
  told: Level;
  /** … and when that, and what came before within the hour, was told. */
  sent: number[];
}

/** What is told of a change of state. */
export interface Notice extends Subject {
  state: Level;
  previous: Level;
  since: number;
  ageMs: number | null;
  message: string;
}

export interface AlertTimes {
  /** How long something lasts before it is told, where it is none that is told at once, … */
  holdMs: number;
  /** … and how long it has to be well before that is. */
  clearMs: number;
  /** How often one alert is told within an hour. */
  perHour: number;
  /** An alert that is not over is looked at again after this long, one that may be by itself after `clearMs`. */
  recheckMs: number;
}

export const HOUR_MS = 3_600_000;

/** Kinds that may come and go by themselves, within what is normal. */
const held: ReadonlySet<AlertKind> = new Set<AlertKind>(["freshness", "standstill"]);

export const keyOf = ({ kind, cube, rollup }: Subject): string =>
  [kind, cube, rollup].filter((part) => part !== null).join("/");

export const stateOf = ({ warn, error }: Pick<Alert, "warn" | "error">): Level =>
  error.isOn ? "error" : warn.isOn ? "warn" : "ok";

/** When the state began. */
export const sinceOf = ({ warn, error }: Pick<Alert, "warn" | "error">): number =>
  error.isOn ? error.since : Math.max(warn.since, error.since);

export interface Advanced {
  alerts: Alert[];
  notices: Notice[];
  /** When something follows by itself, epoch ms; null for never. */
  nextAt: number | null;
}

/**
 * Alerts at `now`, in order of their keys, with what is to be told. At most `room` notices; what finds none is told later,
 * as is what one alert may not say this hour. Alerts that are over, and whose hour is, are left out.
 */
export function advance(
  known: readonly Alert[],
  conditions: readonly Condition[],
  now: number,
  times: AlertTimes,
  room = Infinity,
): Advanced {
  const alerts: Alert[] = [];
  const notices: Notice[] = [];
  const followed: number[] = [];
  const before = new Map(known.map((one) => [keyOf(one), one]));
  const seen = new Map(conditions.map((one) => [keyOf(one), one]));
  for (const key of [...new Set([...before.keys(), ...seen.keys()])].sort()) {
    const [old, condition] = [before.get(key), seen.get(key)];
    const alert = advanced(old ?? begun((condition ?? old) as Subject), condition, now, times);
    const state = stateOf(alert);
    alert.sent = alert.sent.filter((at) => now - at < HOUR_MS);
    if (state !== alert.told) {
      const isAllowed = alert.sent.length < times.perHour;
      if (isAllowed && notices.length < room) {
        notices.push(noticeOf(alert));
        alert.told = state;
        alert.sent.push(now);
      } else followed.push((isAllowed ? now : (alert.sent[0] ?? now)) + HOUR_MS);
    }
    const turns = turnsOf(alert, times);
    followed.push(...turns);
    // What comes and goes by itself may be over without anyone who says so.
    if (state !== "ok")
      followed.push(now + (held.has(alert.kind) ? times.clearMs : times.recheckMs));
    if (state !== "ok" || alert.told !== "ok" || turns.length + alert.sent.length > 0) {
      alerts.push(alert);
    }
  }
  return { alerts, notices, nextAt: followed.length === 0 ? null : Math.min(...followed) };
}

function advanced(
  old: Alert,
  condition: Condition | undefined,
  now: number,
  { holdMs, clearMs }: AlertTimes,
): Alert {
  if (condition?.isUnknown === true) return { ...old };
  const most = held.has(old.kind) ? holdMs : 0;
  const next = (latch: Latch, since: number | null) => turned(latch, since, now, most, clearMs);
  const warn = next(old.warn, condition?.warn ?? null);
  const error = next(old.error, condition?.error ?? null);
  const isMoved = warn.isOn !== old.warn.isOn || error.isOn !== old.error.isOn;
  // Of what goes on, the figures stay those of its beginning: they would else be written again and again.
  const { ageMs, message } = isMoved ? { ageMs: null, message: "", ...condition } : old;
  return { ...old, warn, error, ageMs, message };
}

function turned(
  latch: Latch,
  since: number | null,
  now: number,
  holdMs: number,
  clearMs: number,
): Latch {
  if ((since !== null) === latch.isOn) return { ...latch, turning: null };
  const from = Math.min(latch.turning ?? now, since ?? now);
  if (now - from < (latch.isOn ? clearMs : holdMs)) return { ...latch, turning: from };
  return { isOn: !latch.isOn, since: from, turning: null };
}

function turnsOf({ kind, warn, error }: Alert, { holdMs, clearMs }: AlertTimes): number[] {
  const most = held.has(kind) ? holdMs : 0;
  return [warn, error].flatMap(({ isOn, turning }) =>
    turning === null ? [] : [turning + (isOn ? clearMs : most)],
  );
}

function begun({ kind, cube, rollup }: Subject): Alert {
  const off = { isOn: false, since: 0, turning: null };
  return {
    ...{ kind, cube, rollup, warn: { ...off }, error: { ...off } },
    ...{ ageMs: null, message: "", told: "ok", sent: [] },
  };
}

function noticeOf(alert: Alert): Notice {
  const { kind, cube, rollup, told: previous, ageMs, message } = alert;
  const state = stateOf(alert);
  const subject = rollup === null ? (cube ?? "the tenant") : `${cube}.${rollup}`;
  const said = state === "ok" ? `${subject}: ${kind} is over` : message;
  return { kind, cube, rollup, state, previous, since: sinceOf(alert), ageMs, message: said };
}
