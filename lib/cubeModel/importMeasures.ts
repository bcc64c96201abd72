/** Measures and segments of Cube's model as those of a cube, and conditions as filters on its dimensions. */
import type {
  DimensionDefinition,
  MeasureDefinition,
  MeasureFilter,
  RollingWindow,
} from "../model/cube.js";
import { isName } from "../model/memberNames.js";
import { parseSpan } from "../time/span.js";
import { readConditions } from "./condition.js";
import type { ImportedDimensions } from "./importDimensions.js";
import type { ImportedFields, Use } from "./importFields.js";
import type { Notice } from "./model.js";
import {
  camelCase,
  clipped,
  membersOf,
  metaOf,
  partsOf,
  textOf,
  titlesOf,
  type Parts,
} from "./parts.js";
import { segmentFilter, type SegmentFilter } from "./segments.js";
import { readExpression, type Expression } from "./sql.js";

const parts = new Set([
  ...["sql", "type", "title", "description", "meta", "format", "filters", "rollingWindow"],
  ...["public", "shown", "visible", "aliases", "cumulative", "drillMembers"],
]);

/** What a member is worth without: it says something else then. */
class Unlike extends Error {}

/** Adds what each of them drills down to, of the members that there are. A primary key is none of them. */
export function withDrillMembers(
  section: unknown,
  measures: Readonly<Record<string, MeasureDefinition>>,
  dimensions: Readonly<Record<string, DimensionDefinition>>,
): Record<string, MeasureDefinition> {
  const drilled = new Map(
    membersOf(section).map(([name, { drillMembers }]) => {
      const listed: unknown[] = Array.isArray(drillMembers) ? drillMembers : [];
      const members = listed.flatMap((one) => textOf(one)?.split(".").at(-1) ?? []);
      const isKnown = (one: string) =>
        Object.hasOwn(dimensions, one) || Object.hasOwn(measures, one);
      return [name, members.filter(isKnown)];
    }),
  );
  return Object.fromEntries(
    Object.entries(measures).map(([name, measure]) => {
      const drillMembers = drilled.get(name) ?? [];
      return [name, drillMembers.length === 0 ? measure : { ...measure, drillMembers }];
    }),
  );
}

export class MeasureImport {
  private readonly section: Map<string, Parts>;

  constructor(
    private readonly cube: string,
    section: unknown,
    private readonly dimensions: ImportedDimensions,
    private readonly fields: ImportedFields,
    private readonly notice: Notice,
  ) {
    this.section = new Map(membersOf(section));
  }

  measures(): Record<string, MeasureDefinition> {
    const found = [...this.section].flatMap(([name, parts]): [string, MeasureDefinition][] => {
      if (metaOf(parts).partOf !== undefined) return [];
      try {
        return [[name, this.measure(name, parts)]];
      } catch (error) {
        if (!(error instanceof Unlike)) throw error;
        this.notice(name, `${error.message} It is left out.`);
        return [];
      }
    });
    return Object.fromEntries(found);
  }

  /** The segments whose conditions compare dimensions with values, and those that an export said. */
  segments(section: unknown): Record<string, SegmentFilter> {
    const found = membersOf(section).flatMap(([name, parts]): [string, SegmentFilter][] => {
      const said = segmentFilter(metaOf(parts).filter);
      if (said !== null) return [[name, said]];
      try {
        const [first, ...others] = this.conditions(textOf(parts.sql) ?? "");
        return first === undefined
          ? []
          : [[name, others.length === 0 ? first : { and: [first, ...others] }]];
      } catch (error) {
        if (!(error instanceof Unlike)) throw error;
        this.notice(name, `is a segment that ${error.message} It is left out.`);
        return [];
      }
    });
    return Object.fromEntries(found);
  }

  private measure(name: string, measure: Parts): MeasureDefinition {
    if (!isName(name)) throw new Unlike("has a name that a member cannot have.");
    const others = Object.keys(measure).filter((key) => !parts.has(key));
    if (others.length > 0)
      throw new Unlike(`has ${others.join(", ")}, for which there is no counterpart.`);
    if (measure.public === false || measure.shown === false || measure.visible === false)
      this.notice(name, "is not public in Cube; here it is for all who may read the cube.");
    const meta = metaOf(measure);
    const format = this.formatOf(name, textOf(meta.format) ?? measure.format);
    const common = { ...titlesOf(measure), ...format };
    const filters = this.filtersOf(measure.filters);
    const rolling = rollingOf(measure.rollingWindow);
    const type = camelCase(textOf(measure.type) ?? "");
    const sql = textOf(measure.sql) ?? "";
    switch (type) {
      case "count": {
        const counted = [...(filters ?? []), ...this.countedOnly(sql)];
        return { ...common, type, ...(counted.length > 0 && { filters: counted }), ...rolling };
      }
      case "sum":
        if (meta.type === "level") return { ...common, type: "level", field: this.field(sql) };
        return { ...common, type, field: this.field(sql), ...(filters && { filters }), ...rolling };
      case "avg":
      case "min":
      case "max":
        return { ...common, type, field: this.field(sql), ...(filters && { filters }), ...rolling };
      case "runningTotal":
        return {
          ...common,
          type: "sum",
          field: this.field(sql),
          rollingWindow: { trailing: "unbounded" },
        };
      case "countDistinct":
        if (filters !== null || "rollingWindow" in rolling)
          throw new Unlike(
            "counts distinct values under conditions; only countDistinctApprox can.",
          );
        return { ...common, type, dimension: this.dimension(sql) };
      case "countDistinctApprox":
        return {
          ...common,
          type,
          dimension: this.dimension(sql),
          ...(filters && { filters }),
          ...rolling,
        };
      case "number":
        return { ...common, ...this.computed(sql, meta, filters) };
      default:
        throw new Unlike(`is of type ${type === "" ? "unknown" : type}, which measures have not.`);
    }
  }

  private formatOf(name: string, format: unknown): Pick<MeasureDefinition, "format"> {
    if (format === undefined) return {};
    if (
      format === "number" ||
      format === "currency" ||
      format === "percent" ||
      format === "duration"
    )
      return { format };
    this.notice(name, `has the format ${clipped(format)}, which measures have not.`);
    return {};
  }

  private field(sql: string, use: Use = "measured"): string {
    return this.fieldOf(readExpression(sql), sql, use);
  }

  private fieldOf(given: Expression | null, sql: string, use: Use): string {
    let expression = given;
    if (expression?.kind === "member")
      expression = this.dimensions.expressions.get(expression.name) ?? null;
    if (expression === null) throw new Unlike(`is of no column: ${clipped(sql)}.`);
    const field = this.fields.use(expression, use);
    if (field !== null) return field;
    throw new Unlike(
      expression.kind === "product"
        ? `is of a product: define it in \`fields\`, with the decimals of both factors: ${clipped(sql)}.`
        : `is of no number of a document: ${clipped(sql)}.`,
    );
  }

  /** The dimension whose values are counted; one is added where a column has none. */
  private dimension(sql: string): string {
    const expression = readExpression(sql);
    const known = this.dimensionOf(expression);
    if (known !== null) return known;
    if (expression?.kind !== "column") throw new Unlike(`counts no dimension: ${clipped(sql)}.`);
    const name = this.fields.use(expression, "string");
    const isTaken = (one: string) =>
      Object.hasOwn(this.dimensions.dimensions, one) || this.section.has(one);
    if (name === null || !isName(name) || isTaken(name))
      throw new Unlike(`counts ${expression.column}, of which there is no dimension.`);
    this.dimensions.dimensions[name] = { type: "string", field: name };
    this.notice(name, "is added as a dimension, since its distinct values are counted.");
    return name;
  }

  private dimensionOf(expression: Expression | null): string | null {
    const { dimensions, expressions } = this.dimensions;
    if (expression?.kind === "member")
      return Object.hasOwn(dimensions, expression.name) ? expression.name : null;
    if (expression?.kind !== "column") return null;
    const found = [...expressions].find(
      ([name, one]) =>
        one.kind === "column" &&
        one.column === expression.column &&
        Object.hasOwn(dimensions, name),
    );
    return found?.[0] ?? null;
  }

  /** A count of a column counts the records that have it. */
  private countedOnly(sql: string): MeasureFilter[] {
    if (sql === "" || sql === "*") return [];
    const expression = readExpression(sql);
    const { keys, expressions } = this.dimensions;
    const own = expression?.kind === "member" ? expressions.get(expression.name) : expression;
    if (own?.kind === "column" && (keys.has(own.column) || own.column === "_id")) return [];
    const dimension = this.dimensionOf(expression);
    if (dimension === null)
      throw new Unlike(`counts a column that is no dimension: ${clipped(sql)}.`);
    return [{ dimension, operator: "set" }];
  }

  private filtersOf(section: unknown): MeasureFilter[] | null {
    if (!Array.isArray(section)) return null;
    return section.flatMap((one) => this.conditions(textOf(partsOf(one).sql) ?? ""));
  }

  private conditions(sql: string): MeasureFilter[] {
    const read = readConditions(sql);
    if (read === null)
      throw new Unlike(`has a condition that compares no dimension with values: ${clipped(sql)}.`);
    return read.map(({ on, operator, values }): MeasureFilter => {
      const dimension = this.dimensionOf(readExpression(on));
      if (dimension === null) throw new Unlike(`has a condition on ${on}, which is no dimension.`);
      const isText = isTextual(this.dimensions.dimensions[dimension]);
      const told = values.map((value) => (value !== null && isText ? String(value) : value));
      return { dimension, operator, ...(told.length > 0 && { values: told }) };
    });
  }

  /** Measures of other measures, and statistics that Cube leaves to SQL. */
  private computed(sql: string, meta: Parts, filters: MeasureFilter[] | null): MeasureDefinition {
    const expression = readExpression(sql);
    switch (expression?.kind) {
      case "ratio": {
        const { numerator, denominator } = expression;
        if (meta.type !== "avg") return { type: "ratio", numerator, denominator };
        const part = this.section.get(numerator) ?? {};
        const counted = this.filtersOf(part.filters);
        const rolling = rollingOf(part.rollingWindow);
        const field = this.field(textOf(part.sql) ?? "");
        return { type: "avg", field, ...(counted && { filters: counted }), ...rolling };
      }
      case "quantile": {
        const { q, of, filter } = expression;
        const counted = filter === null ? filters : this.conditions(filter);
        const field = this.fieldOf(of, sql, "exact");
        return { type: "quantile", field, q, ...(counted && { filters: counted }) };
      }
      case "variance":
      case "stddev":
        return { type: expression.kind, field: this.fieldOf(expression.of, sql, "measured") };
      default:
        throw new Unlike(`is computed by SQL: ${clipped(sql)}.`);
    }
  }
}

function isTextual(dimension: DimensionDefinition | undefined): boolean {
  return dimension?.type === "string" || dimension?.type === "strings";
}

function rollingOf(section: unknown): { rollingWindow?: RollingWindow } {
  if (section === undefined) return {};
  const { trailing, leading, offset, type = "fixed" } = partsOf(section);
  const isLength = (text: unknown) =>
    text === undefined || text === "unbounded" || parseSpan(String(text)) !== null;
  if (type !== "fixed" || !isLength(trailing) || !isLength(leading))
    throw new Unlike(
      `has a rolling window of another kind than a length: ${clipped(trailing ?? type)}.`,
    );
  return {
    rollingWindow: {
      ...(typeof trailing === "string" && { trailing }),
      ...(typeof leading === "string" && { leading }),
      ...((offset === "start" || offset === "end") && { offset }),
    },
  };
}
