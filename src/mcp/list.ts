/** `list`: what there is to ask for, and what can be asked together. */
import { RollupsError } from "../../lib/errors.js";
import type { Kept, MetaCube } from "../../lib/cubeJson/meta.js";
import { closest } from "../../lib/model/memberNames.js";
import { inputs, outputs } from "./schemas.js";
import type { Tool } from "./tool.js";

export const list: Tool = {
  told: {
    name: "list",
    title: "List cubes and their members",
    description:
      "The cubes with their measures, dimensions, times and segments. Each measure says which dimensions, segments and " +
      "granularities it may be asked by; all at once where one of its rollups has them all, see `rollups`. What no rollup " +
      "has together is answered where records are few, and else refused with the nearest question that is answered.",
    inputSchema: inputs.list,
    outputSchema: outputs.list,
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  },
  answer: async (asked, { cube: only }) => {
    const { timezone, cubes, rollups = {} } = await asked.meta();
    const wanted = only === undefined ? cubes : cubes.filter(({ name }) => name === only);
    if (wanted.length === 0) throw noCube(only, cubes);
    const told = wanted.map((cube) => describe(cube, rollups[cube.name] ?? []));
    const text = told.map(textOf).join("\n");
    return { text: `${text}\nRanges are of ${timezone}.`, data: { timezone, cubes: told } };
  },
};

function noCube(name: unknown, cubes: readonly MetaCube[]): RollupsError {
  const names = cubes.map((cube) => cube.name);
  const near = typeof name === "string" ? closest(name, names) : null;
  const hint = near === null ? `there are ${names.join(", ")}` : `did you mean ${near}?`;
  return new RollupsError("UnknownCube", `There is no such cube; ${hint}`, { path: "cube" });
}

/** Short names: the cube's comes first. */
function textOf({
  name,
  title,
  measures,
  dimensions,
  timeDimensions,
  segments,
  rollups,
}: Described) {
  const short = (names: readonly string[]) =>
    names.map((one) => one.slice(name.length + 1)).join(", ") || "none";
  const kept = rollups.map((one) => {
    const own = measures.filter((measure) => measure.rollups.includes(one.name)).map(nameOf);
    const { granularities } = one;
    const by = [short(one.dimensions), ...(granularities.length > 0 ? granularities : [])];
    return `- ${one.name}: ${short(own)} by ${by.join(", ")}`;
  });
  return [
    `${name} (${title}), as ${name}.<member>: measures ${short(measures.map(nameOf))}; dimensions ` +
      `${short(dimensions.map(nameOf))}; times ${short(timeDimensions.map(nameOf))}; segments ${short(segments.map(nameOf))}. Together:`,
    ...kept,
  ].join("\n");
}

type Described = ReturnType<typeof describe>;

const nameOf = ({ name }: { name: string }) => name;

function describe(cube: MetaCube, all: readonly Kept[]) {
  const { name, title, description, measures, dimensions, segments } = cube;
  const there = new Set(measures.map((measure) => measure.name));
  const kept = all.filter((one) => one.measures.some((measure) => there.has(measure)));
  const union = (of: readonly Kept[], key: "dimensions" | "segments" | "granularities") => [
    ...new Set(of.flatMap((one) => one[key])),
  ];
  return {
    ...{ name, title },
    ...(description === undefined ? {} : { description }),
    measures: measures.map((measure) => {
      const own = kept.filter((one) => one.measures.includes(measure.name));
      const { approximate } = measure;
      return {
        ...item(measure),
        type: measure.type,
        ...(measure.format === undefined ? {} : { format: measure.format }),
        ...(approximate === undefined ? {} : { approximate }),
        dimensions: union(own, "dimensions"),
        segments: union(own, "segments"),
        granularities: union(own, "granularities"),
        rollups: own.map((one) => one.name),
      };
    }),
    dimensions: dimensions
      .filter(({ type }) => type !== "time")
      .map((one) => ({ ...item(one), type: one.type })),
    timeDimensions: dimensions
      .filter(({ type }) => type === "time")
      .map((one) => ({
        ...item(one),
        granularities: (one.granularities ?? []).map((granularity) => granularity.name),
      })),
    segments: segments.map(item),
    rollups: kept.map(({ measures: _, ...one }) => one),
  };
}

function item({
  name,
  shortTitle,
  description,
}: {
  name: string;
  shortTitle: string;
  description?: string;
}) {
  return { name, title: shortTitle, ...(description === undefined ? {} : { description }) };
}
