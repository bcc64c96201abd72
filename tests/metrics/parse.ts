/** A strict reader of OpenMetrics 1.0: throws at the first line that the format does not allow. */

export interface ReadFamily {
  type: string;
  unit?: string;
  help?: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const SUFFIXES: Record<string, readonly string[]> = {
  gauge: [""],
  counter: ["_total", "_created"],
  info: ["_info"],
};

export function readOpenMetrics(text: string): Map<string, ReadFamily> {
  if (!text.endsWith("# EOF\n")) throw new Error("It does not end with # EOF.");
  const families = new Map<string, ReadFamily>();
  let current = "";
  const seen = new Set<string>();
  for (const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const fail = (why: string) => new Error(`${why}: ${line}`);
    const meta = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (.*)$`).exec(line);
    if (meta !== null) {
      const [, kind = "", name = "", rest = ""] = meta;
      if (name !== current) {
        if (families.has(name)) throw fail("The family is not in one piece");
        families.set(name, { type: "unknown", samples: [] });
        current = name;
      }
      const family = families.get(name)!;
      if (family.samples.length > 0) throw fail("Metadata after samples");
      if (kind === "TYPE") {
        if (!(rest in SUFFIXES)) throw fail("An unknown type");
        family.type = rest;
      } else if (kind === "UNIT") {
        if (!name.endsWith(`_${rest}`)) throw fail("The name does not end with the unit");
        family.unit = rest;
      } else {
        if (/\\[^\\n"]|\\$/.test(rest)) throw fail("A bad escape");
        family.help = rest;
      }
      continue;
    }
    const sample = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`).exec(line);
    if (sample === null) throw fail("No line of OpenMetrics");
    const [, name = "", labels = "", number = ""] = sample;
    const family = families.get(current);
    if (family === undefined) throw fail("A sample without a family");
    if (!SUFFIXES[family.type]?.some((suffix) => name === current + suffix))
      throw fail("A sample of another family, or with the wrong suffix");
    if (!/^[+-]?(\d+(\.\d+)?([eE][+-]?\d+)?|Inf)$|^NaN$/.test(number)) throw fail("No number");
    const read = readLabels(labels, fail);
    const series = `${name} ${JSON.stringify(Object.entries(read).sort())}`;
    if (seen.has(series)) throw fail("A series twice");
    seen.add(series);
    if (family.type === "counter" && !(Number(number) >= 0)) throw fail("A counter below 0");
    family.samples.push({ name, labels: read, value: Number(number) });
  }
  for (const [name, { samples }] of families)
    if (samples.length === 0) throw new Error(`${name} has no samples.`);
  return families;
}

function readLabels(text: string, fail: (why: string) => Error): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== "") {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,(?=.)|$)/.exec(rest);
    if (label === null) throw fail("Bad labels");
    const [all, name = "", value = ""] = label;
    if (Object.hasOwn(labels, name)) throw fail("A label twice");
    labels[name] = value.replace(/\\([\\"n])/g, (_, mark: string) => (mark === "n" ? "\n" : mark));
    rest = rest.slice(all.length);
  }
  return labels;
}
