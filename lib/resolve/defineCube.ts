/**
 * The door for people's definitions. `defineCube` keeps the literal names of members in its type, so
 * that the compiler checks queries that are typed by `QueryOf`, and refuses a definition that does not
 * hold together.
 */
import { RollupsError } from "../errors.js";
import type { Catalogue, CubeDefinition } from "../model/cube.js";
import { cubeIssues, type Issue } from "./validateCube.js";

export type { Issue } from "./validateCube.js";

/** Returns the definition itself. Throws `InvalidDefinition` with `{issues}`: all of them. */
export function defineCube<const Cube extends CubeDefinition>(definition: Cube): Cube {
  const name = (definition as { name?: unknown } | null)?.name;
  const issues = cubeIssues(definition, typeof name === "string" ? name : "cube");
  if (issues.length > 0) {
    const list = issues.map(({ path, message }) => `${path} ${message}`).join("; ");
    throw new RollupsError("InvalidDefinition", `Invalid cube definition: ${list}`, { issues });
  }
  return definition;
}

/** All issues of all cubes of an app; an empty list means that the catalogue is valid. */
export function validateCatalogue(catalogue: Catalogue): Issue[] {
  return Object.entries(catalogue).flatMap(([key, cube]) => {
    const issues = cubeIssues(cube, key);
    if ((cube as { name?: unknown } | null)?.name !== key) {
      issues.push({ path: `${key}.name`, message: `must be ${key}, as in the catalogue` });
    }
    return issues;
  });
}
