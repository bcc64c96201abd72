/**
 * The series colours, read from the style sheet: each stands out from the card, and any two are told
 * apart with normal vision and under the three kinds of dichromacy (matrices: Machado, Oliveira and
 * Fernandes 2009, severity 1).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

type Triple = [number, number, number];

const css = readFileSync(
  join(import.meta.dirname, "../../../src/dashboard/theme/tokens.css"),
  "utf8",
);
const [light = "", dark = ""] = css.split('[data-theme="dark"]');

function colorOf(theme: string, name: string): Triple {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6})`).exec(theme)?.[1];
  if (!hex) throw new Error(`no --${name}`);
  return [0, 2, 4].map((i) => {
    const share = parseInt(hex.slice(i, i + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Triple;
}

const dot = (row: Triple, [r, g, b]: Triple) => row[0] * r + row[1] * g + row[2] * b;
const apply = (matrix: Triple[], color: Triple) =>
  matrix.map((row) => Math.min(1, Math.max(0, dot(row, color)))) as Triple;

const visions: Record<string, Triple[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Björn Ottosson's OKLab, in which distances follow what people see. */
function oklab(color: Triple): Triple {
  const lms = [
    dot([0.4122214708, 0.5363325363, 0.0514459929], color),
    dot([0.2119034982, 0.6806995451, 0.1073969566], color),
    dot([0.0883024619, 0.2817188376, 0.6299787005], color),
  ].map(Math.cbrt) as Triple;
  return [
    dot([0.2104542553, 0.793617785, -0.0040720468], lms),
    dot([1.9779984951, -2.428592205, 0.4505937099], lms),
    dot([0.0259040371, 0.7827717662, -0.808675766], lms),
  ];
}

const luminance = (color: Triple) => dot([0.2126, 0.7152, 0.0722], color);
const contrast = (a: Triple, b: Triple) => {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};

const names = [1, 2, 3, 4, 5, 6].map((i) => `series-${i}`);
/** About five just noticeable differences. */
const distanceMin = 0.1;

describe.each([
  ["light", light],
  ["dark", dark],
])("the series colours, %s", (_, theme) => {
  test.each(names)("%s stands out from the card (3:1)", (name) => {
    expect(contrast(colorOf(theme, name), colorOf(theme, "surface"))).toBeGreaterThanOrEqual(3);
  });

  test.each(Object.keys(visions))("are told apart with %s vision", (vision) => {
    const matrix = visions[vision] ?? [];
    const labs = names.map((name) => oklab(apply(matrix, colorOf(theme, name))));
    const close: string[] = [];
    labs.forEach((a, i) =>
      labs.forEach((b, j) => {
        const distance = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
        if (i < j && distance < distanceMin) {
          close.push(`${names[i]} ${names[j]} ${distance.toFixed(3)}`);
        }
      }),
    );
    expect(close).toEqual([]);
  });
});
