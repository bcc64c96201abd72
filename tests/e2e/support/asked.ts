/** Which questions a page asks its backend, read from what goes over the sync socket. */

/** The queries that a message to the backend subscribes to by `aggregates:rows`. */
export function rowsQueries(message: string): unknown[] {
  const { type, modifications = [] } = JSON.parse(message) as {
    type: string;
    modifications?: { type: string; udfPath?: string; args?: [{ query?: unknown }] }[];
  };
  if (type !== "ModifyQuerySet") return [];
  return modifications.flatMap(({ type, udfPath, args }) =>
    type === "Add" && udfPath === "aggregates:rows" ? [args?.[0].query] : [],
  );
}

/** Equal for equal questions, whatever the order of their fields. */
export function keyOf(query: unknown): string {
  return JSON.stringify(query, (_, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
