/** The members that a query names, looked up in the catalogue. */
import type { RollupsError } from "../errors.js";
import type {
  Catalogue,
  CubeDefinition,
  DimensionDefinition,
  MeasureDefinition,
} from "../model/cube.js";
import { shortName } from "./normalizedQuery.js";
import { invalid, suggest, unsupported } from "./parts.js";

/** Looks names up, and holds all of them to one cube. */
export class Members {
  cube: CubeDefinition | null = null;

  constructor(private readonly catalogue: Catalogue) {}

  measure(name: string, path: string): string {
    const { cube, member } = this.split(name, path);
    if (!Object.hasOwn(cube.measures, member)) {
      if (Object.hasOwn(cube.dimensions, member)) {
        throw invalid(path, `${name} is a dimension, not a measure`);
      }
      throw unknownMember(path, "measure", name, cube, Object.keys(cube.measures));
    }
    return name;
  }

  dimension(name: string, path: string): string {
    const { cube, member } = this.split(name, path);
    if (!Object.hasOwn(cube.dimensions, member)) {
      if (Object.hasOwn(cube.measures, member)) {
        throw invalid(path, `${name} is a measure, not a dimension`);
      }
      throw unknownMember(path, "dimension", name, cube, Object.keys(cube.dimensions));
    }
    return name;
  }

  segment(name: string, path: string): string {
    const { cube, member } = this.split(name, path);
    const { segments = {} } = cube;
    if (Object.hasOwn(segments, member)) return name;
    throw unknownMember(path, "segment", name, cube, Object.keys(segments));
  }

  timeDimension(name: string, path: string): string {
    const member = this.dimension(name, path);
    if (this.definition(member).type !== "time") {
      throw invalid(path, `${name} is not a time dimension`);
    }
    return member;
  }

  isMeasure(name: string, path: string): boolean {
    const { cube, member } = this.split(name, path);
    return Object.hasOwn(cube.measures, member);
  }

  /** Of a member that was looked up before. */
  typeOf(member: string): DimensionDefinition["type"] | "measure" {
    return this.isMeasure(member, "") ? "measure" : this.definition(member).type;
  }

  /** Of a measure that was looked up before. */
  measureDefinition(member: string): MeasureDefinition {
    return this.cube?.measures[shortName(member)] as MeasureDefinition;
  }

  /** Of a dimension that was looked up before. */
  definition(member: string): DimensionDefinition {
    return this.cube?.dimensions[shortName(member)] as DimensionDefinition;
  }

  private split(name: string, path: string): { cube: CubeDefinition; member: string } {
    const [cubeName = "", member = "", ...rest] = name.split(".");
    if (rest.length > 0 || cubeName === "" || member === "") {
      throw invalid(path, `${JSON.stringify(name)} is not the name of a member`);
    }
    const cube = Object.hasOwn(this.catalogue, cubeName) ? this.catalogue[cubeName] : undefined;
    if (cube === undefined) {
      const hint = suggest(cubeName, Object.keys(this.catalogue));
      throw invalid(path, `there is no cube called ${cubeName}${hint}`);
    }
    this.cube ??= cube;
    if (this.cube !== cube) {
      throw unsupported(path, `querying ${this.cube.name} and ${cube.name} together`);
    }
    return { cube, member };
  }
}

function unknownMember(
  path: string,
  kind: string,
  name: string,
  cube: CubeDefinition,
  candidates: string[],
): RollupsError {
  const hint = suggest(
    name,
    candidates.map((candidate) => `${cube.name}.${candidate}`),
  );
  return invalid(path, `there is no ${kind} called ${name}${hint}`);
}
