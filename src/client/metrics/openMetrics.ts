/** The text form of OpenMetrics 1.0: families of samples, each with its type and help. */

export interface Family {
  /** Without the `_total` of counters, which their samples get. */
  name: string;
  type: "gauge" | "counter" | "info";
  /** The last part of the name, where the unit is one of OpenMetrics. */
  unit?: "seconds" | "bytes";
  help: string;
  samples: readonly Sample[];
}

export interface Sample {
  labels?: Readonly<Record<string, string>>;
  value: number;
}

export const CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Families without samples are left out. */
export function openMetrics(families: readonly Family[]): string {
  const texts = families.map(({ name, type, unit, help, samples }) => {
    if (samples.length === 0) return "";
    const suffix = type === "counter" ? "_total" : type === "info" ? "_info" : "";
    const head = [`# TYPE ${name} ${type}`, ...(unit ? [`# UNIT ${name} ${unit}`] : [])];
    const lines = samples.map(
      ({ labels = {}, value }) => `${name}${suffix}${labelsText(labels)} ${value}`,
    );
    return [...head, `# HELP ${name} ${escaped(help)}`, ...lines, ""].join("\n");
  });
  return `${texts.join("")}# EOF\n`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escaped = (text: string): string =>
  text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
