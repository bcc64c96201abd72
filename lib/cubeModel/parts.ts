/** Reading a model that people wrote, in either of Cube's forms: lists with names and snake_case, or objects by name. */
import { isParts, type Parts } from "../resolve/parts.js";

export type { Parts } from "../resolve/parts.js";

/** Keys in camelCase; empty for what is no object. */
export function partsOf(value: unknown): Parts {
  if (!isParts(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [camelCase(key), part]));
}

/** The members of a section by their names, in order. What has no name is left out. */
export function membersOf(section: unknown): [string, Parts][] {
  if (Array.isArray(section))
    return section.flatMap((one): [string, Parts][] => {
      const { name, ...parts } = partsOf(one);
      return typeof name === "string" ? [[name, parts]] : [];
    });
  if (!isParts(section)) return [];
  return Object.entries(section).map(([name, parts]) => [name, partsOf(parts)]);
}

/** What an export left under `meta.rollups`. */
export function metaOf({ meta }: Parts): Parts {
  const { rollups } = partsOf(meta);
  return isParts(rollups) ? rollups : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** `title` and `description`, where they are there. */
export function titlesOf(parts: Parts): { title?: string; description?: string } {
  const [title, description] = [textOf(parts.title), textOf(parts.description)];
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
  };
}

/** Names of members of this cube, from `CUBE.name`, `{CUBE.name}`, `cube.name` or `name`; null for any other. */
export function memberName(reference: unknown, cube: string): string | null {
  const found = /^\{?(?:(\w+)\.)?(\w+)\}?$/.exec(typeof reference === "string" ? reference : "");
  if (found === null) return null;
  const [, of, name = ""] = found;
  return of === undefined || of === "CUBE" || of === "TABLE" || of === cube ? name : null;
}

export function referencesOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value];
}

export function camelCase(text: string): string {
  return text.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A part of SQL for a message. */
export function clipped(sql: unknown): string {
  const text = typeof sql === "string" ? sql.trim().replace(/\s+/g, " ") : typeof sql;
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
