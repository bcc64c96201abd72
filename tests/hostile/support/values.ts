/** Values that break programs: wrong types, edges of numbers and texts, depth, size, names of JavaScript. */
import type { Dice } from "../../realData/random.js";

/** JSON in which `__proto__` is a key like any other, as a request body may have it. */
const parsed = (json: string): unknown => JSON.parse(json);

export function nested(depth: number, leaf: unknown = 1): unknown {
  let value = leaf;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

const numbers = [
  ...[0, -0, 1, -1, 0.1, NaN, Infinity, -Infinity, 1e308, 5e-324],
  ...[2 ** 31, 2 ** 53, -(2 ** 53), 2 ** 53 - 1, 8.64e15, -8.64e15, 1e21, 9.007e15],
];

const texts = [
  ...["", " ", "\0", "a\0b", "null", "undefined", "NaN", "true", "0", "-1", "1e999", "[]", "{}"],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "valueOf"],
  ...["watch.__proto__", "watch.constructor", "inventory.toString", "__proto__.count", "a.b.c.d"],
  ...["' OR 1=1 --", '"; DROP TABLE tenants; --', "${7*7}", "../../etc/passwd", "%00", "*", "$gt"],
  ...[
    "\u202Eacme",
    "ａｃｍｅ",
    "acme\u200B",
    "ﬀ",
    "İ",
    "ß",
    "e\u0301",
    "👩‍👩‍👧‍👦",
    "\uFFFF",
    "\u{10FFFF}",
  ],
  ...["0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01", "-000001-01-01", "+275760-09-13"],
  ...["2026-01-01T25:00:00", "last 5 centuries", "today", "2026-01-01T00:00:00.000000000Z"],
  ...["Etc/GMT+99", "../UTC", "Europe/berlin", "UTC\n", "CET-1CEST", "America/Argentina/Ushuaia"],
  ...["\uD800", "a\uDC00b", "\uDBFF\uDBFF"],
  ...["nanosecond", "century", "hour", "year", "second"],
];

/** What Convex accepts as the name of a field. */
const keys = texts.filter((text) => /^[ -#%-~][ -~]*$/.test(text));

/** Values that a request can carry: anything that is a Convex value. */
export function hostileValue(dice: Dice, depth = 0): unknown {
  switch (dice.below(depth > 2 ? 8 : 14)) {
    case 0:
    case 1:
      return dice.pick(numbers);
    case 2:
    case 3:
    case 4:
      return dice.pick(texts);
    case 5:
      return dice.pick([true, false, null]);
    case 6:
      return dice.pick([0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]);
    case 7:
      return new ArrayBuffer(dice.below(9));
    case 8:
      return "x".repeat(dice.pick([257, 513, 5000, 100_000]));
    case 9:
      return Array.from({ length: dice.pick([0, 1, 2, 51, 1001]) }, () => dice.pick(texts));
    case 10:
      return dice.pick([[], {}, [[]], [null], [{}]]);
    case 11:
      return nested(dice.pick([3, 17, 60]));
    case 12:
      return parsed(
        dice.pick([
          '{"__proto__": {"tenantId": "t001", "role": "admin"}}',
          '{"constructor": {"prototype": {"x": 1}}}',
          '{"toString": 1, "valueOf": null, "hasOwnProperty": 1}',
          '{"__proto__": null}',
          '{"length": 3, "0": "a"}',
          '{"then": 1}',
        ]),
      );
    default:
      return Object.fromEntries(
        Array.from({ length: 1 + dice.below(4) }, () => [
          dice.pick(["measures", "a", "key", "tenantId", "member", "operator", "values", "id"]),
          hostileValue(dice, depth + 1),
        ]),
      );
  }
}

/** A copy of `value` in which some places hold something else, are gone, or are new. */
export function corrupt(dice: Dice, value: unknown): unknown {
  if (dice.chance(0.1)) return hostileValue(dice);
  // Often of the right type, so that the attack gets past the first look.
  if (typeof value === "string" && dice.chance(0.7)) return dice.pick(texts);
  if (typeof value === "number" && dice.chance(0.7)) return dice.pick(numbers);
  if (Array.isArray(value)) {
    const items: unknown[] = [...value];
    const at = dice.below(items.length + 1);
    if (at === items.length || dice.chance(0.2)) items.push(hostileValue(dice));
    else items[at] = corrupt(dice, items[at]);
    return dice.chance(0.05) ? Array.from({ length: 1001 }, () => items[0]) : items;
  }
  if (typeof value === "object" && value !== null && !(value instanceof ArrayBuffer)) {
    const copy: Record<string, unknown> = { ...value };
    const present = Object.keys(copy);
    const key = present.length === 0 ? undefined : dice.pick(present);
    if (key === undefined || dice.chance(0.1)) define(copy, dice.pick(keys), hostileValue(dice));
    else if (dice.chance(0.1)) delete copy[key];
    else define(copy, key, corrupt(dice, copy[key]));
    return copy;
  }
  return hostileValue(dice);
}

/** Corrupts one argument, and the tenant's name and the set of arguments only now and then. */
export function corruptArguments(dice: Dice, args: unknown): unknown {
  if (typeof args !== "object" || args === null) return corrupt(dice, args);
  const names = Object.keys(args).filter((name) => name !== "tenantId");
  if (names.length === 0 || dice.chance(0.15)) return corrupt(dice, args);
  const name = dice.pick(names);
  return { ...args, [name]: corrupt(dice, (args as Record<string, unknown>)[name]) };
}

/** Sets a field as JSON does: `__proto__` is a field like any other. */
function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
