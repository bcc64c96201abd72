/** Which questions a page asks its backend, read from what goes over the sync socket. */

/** Arguments of `aggregates:rows`, or of `aggregates:board`. */
interface Args {
  query?: unknown;
  questions?: { query: unknown }[];
}

/** The queries that a message to the backend subscribes to, alone or on a board. */
export function rowsQueries(message: string): unknown[] {
  const { type, modifications = [] } = JSON.parse(message) as {
    type: string;
    modifications?: { type: string; udfPath?: string; args?: [Args] }[];
  };
  if (type !== "ModifyQuerySet") return [];
  return modifications.flatMap(({ type, udfPath, args: [asked] = [{}] }) => {
    if (type !== "Add") return [];
    if (udfPath === "aggregates:rows") return [asked.query];
    return udfPath === "aggregates:board" ? (asked.questions ?? []).map(({ query }) => query) : [];
  });
}

/** Equal for equal questions, whatever the order of their fields. */
export function keyOf(query: unknown): string {
  return JSON.stringify(query, (_, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
