/**
 * What a cube's field definitions imply: whether a field may be null and how many decimals its
 * stored integers carry.
 */
import type { CubeDefinition, FieldDefinition } from "./cube.js";

export interface FieldTraits {
  nullable: boolean;
  /** Values are stored as integers × 10^scale; 0 for everything that is not a decimal. */
  scale: number;
  /** Whether values are doubles of any kind, not whole numbers. */
  isFloat: boolean;
}

/** Traits of a field of a valid cube; a field that does not exist counts as a nullable string. */
export function fieldTraits(cube: CubeDefinition, field: string): FieldTraits {
  const definition = ownField(cube, field);
  switch (definition?.type) {
    case undefined:
      return { nullable: true, scale: 0, isFloat: false };
    case "time":
      return { nullable: false, scale: 0, isFloat: false };
    case "string":
      return { nullable: definition.nullable ?? false, scale: 0, isFloat: false };
    case "strings":
      return { nullable: true, scale: 0, isFloat: false };
    case "integer":
      return { nullable: definition.nullable ?? false, scale: 0, isFloat: false };
    case "decimal":
      return { nullable: definition.nullable ?? false, scale: definition.scale, isFloat: false };
    case "float":
      return { nullable: definition.nullable ?? false, scale: 0, isFloat: true };
    case "product": {
      const [a, b] = definition.of.map((factor) => fieldTraits(cube, factor));
      return {
        nullable: (a?.nullable ?? true) || (b?.nullable ?? true),
        scale: (a?.scale ?? 0) + (b?.scale ?? 0),
        isFloat: false,
      };
    }
    default:
      return definition satisfies never;
  }
}

/** The definition of a field, or undefined; safe against names like `constructor`. */
export function ownField(cube: CubeDefinition, field: string): FieldDefinition | undefined {
  return Object.hasOwn(cube.fields, field) ? cube.fields[field] : undefined;
}
