/** An answer as people read it: lines, bars, and a table with every row. */
import type { Annotations, Row } from "../../react/index.js";
import type { Bar } from "../charts/BarList.js";
import type { Series } from "../charts/LineChart.js";
import { tableOf, type Column, type Table } from "../charts/table.js";
import { formatDimensionValue } from "../format/filters.js";
import { formatMeasure, formatShare, type Style } from "../format/numbers.js";
import { formatHour } from "../format/times.js";
import { dimensionTitle, measureInfo, type MeasureInfo } from "../model/members.js";
import type { Span } from "../model/period.js";
import { isMany } from "../model/questions.js";
import type { CubeName } from "../model/views.js";
import { cubeOf, typeOf, type Asked } from "./asked.js";
import { bucketName, granularityTitle, valuesOn, type Axis } from "./axis.js";
import { bucketKeyOf } from "./question.js";

/** More lines than the palette has colours cannot be told apart. */
export const linesMax = 6;
export const barsMax = 20;

export const infoOf = (cube: CubeName, name: string): MeasureInfo => measureInfo(`${cube}.${name}`);

/** The title of a measure, a dimension, or the time. */
export function titleOf(cube: CubeName, name: string): string {
  const { measures, dimensions } = cubeOf(cube);
  return measures[name]?.title ?? dimensions[name]?.title ?? name;
}

/** "Views and Viewers by Category, by day". */
export function headingOf(cube: CubeName, { measures, dimensions, granularity }: Asked): string {
  const and = new Intl.ListFormat("en", { type: "conjunction" });
  const by = dimensions.map((name) => dimensionTitle(cube, name).toLowerCase());
  if (granularity !== null) by.push(granularityTitle(cube, granularity).toLowerCase());
  const what = and.format(measures.map((name) => titleOf(cube, name)));
  return by.length === 0 ? what : `${what} by ${and.format(by)}`;
}

/** A dimension's value as people read it. */
export function valueText(
  cube: CubeName,
  dimension: string,
  value: Row[string] | undefined,
): string {
  if (value === null || value === undefined || value === "") return "(none)";
  if (typeOf(cube, dimension) === "hourOfDay") return formatHour(Number(value));
  return formatDimensionValue(cube, dimension, String(value));
}

function nameOf(cube: CubeName, { dimensions }: Asked, row: Row): string {
  return dimensions.map((name) => valueText(cube, name, row[`${cube}.${name}`])).join(" · ");
}

export interface Lines {
  series: Series[];
  /** Values that have no line. */
  hidden: number;
}

/** A line for each value of the dimensions, those with most first. */
export function linesOf(cube: CubeName, asked: Asked, axis: Axis, rows: readonly Row[]): Lines {
  const measure = infoOf(cube, asked.charted);
  const style = measure.type === "level" || asked.dimensions.length > 0 ? "line" : "area";
  const byName = new Map<string, Row[]>();
  for (const row of rows) {
    const name = nameOf(cube, asked, row);
    const own = byName.get(name);
    if (own) own.push(row);
    else byName.set(name, [row]);
  }
  const sizeOf = (own: readonly Row[]) =>
    own.reduce((sum, row) => sum + Math.abs(Number(row[measure.member] ?? 0)), 0);
  const largest = [...byName]
    .map(([name, own]) => ({ name, own, size: sizeOf(own) }))
    .sort((a, b) => b.size - a.size)
    .slice(0, linesMax);
  const series = largest.map(({ name, own }, i): Series => ({
    key: name,
    label: name === "" ? measure.title : name,
    color: `var(--series-${i + 1})`,
    values: valuesOn(axis, own, measure),
    style,
  }));
  return { series, hidden: byName.size - series.length };
}

/** A bar for each row, in their order, as far as they are read. */
export function barsOf(
  cube: CubeName,
  asked: Asked,
  rows: readonly Row[],
  isWhole: boolean,
): Bar[] {
  const measure = infoOf(cube, asked.charted);
  const values = rows.map((row) => Number(row[measure.member] ?? 0));
  const sum = values.reduce((total, value) => total + value, 0);
  const isShared =
    isWhole &&
    (measure.type === "count" || measure.type === "sum") &&
    sum > 0 &&
    values.every((value) => value >= 0) &&
    !asked.dimensions.some((name) => isMany(cube, name));
  return rows.slice(0, barsMax).map((row, i) => {
    const value = row[measure.member];
    const number = typeof value === "number" ? value : null;
    return {
      key: `${i} ${nameOf(cube, asked, row)}`,
      label: nameOf(cube, asked, row),
      value: number,
      text: formatMeasure(number, measure.format, "short"),
      share: isShared ? formatShare((number ?? 0) / sum) : null,
      filterValue: null,
    };
  });
}

/** A value with all its digits, marked where it is about right only. */
export function figureText(
  row: Row,
  { member, format }: MeasureInfo,
  annotation: Annotations | undefined,
  style: Style = "full",
): string {
  const value = numberIn(row, member);
  const isAbout = annotation?.measures[member]?.approximate !== undefined && value !== null;
  return `${isAbout ? "≈ " : ""}${formatMeasure(value, format, style)}`;
}

/** Every row; a column's key is the short name of its member. */
export function tableOfRows(
  cube: CubeName,
  asked: Asked,
  rows: readonly Row[],
  span: Span | null,
  annotation?: Annotations,
): Table {
  const { granularity, dimensions, measures } = asked;
  const bucketKey = bucketKeyOf(cube, asked);
  const columns: Column<Row>[] = [];
  if (granularity !== null && bucketKey !== null) {
    const bucketOf = (row: Row) => String(row[bucketKey] ?? "");
    columns.push({
      key: cubeOf(cube).time,
      title: granularityTitle(cube, granularity),
      text: (row) => bucketName(bucketOf(row), granularity, span),
      value: (row) => bucketOf(row).replace("T00:00:00.000", ""),
    });
  }
  for (const name of dimensions) {
    columns.push({
      key: name,
      title: dimensionTitle(cube, name),
      text: (row) => valueText(cube, name, row[`${cube}.${name}`]),
    });
  }
  for (const info of measures.map((name) => infoOf(cube, name))) {
    columns.push({
      key: info.member.slice(cube.length + 1),
      title: info.title,
      isNumber: true,
      text: (row) => figureText(row, info, annotation),
      value: (row) => numberIn(row, info.member),
    });
  }
  return tableOf(headingOf(cube, asked), columns, rows);
}

export function numberIn(row: Row, member: string): number | null {
  const value = row[member];
  return typeof value === "number" ? value : null;
}
