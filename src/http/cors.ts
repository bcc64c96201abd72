/** What pages of other origins may send to the app's routes. */

/** The header that says whose cubes are asked. */
export const TENANT_HEADER = "x-rollups-tenant";

/** Headers for a request's origin, and a day of not asking again. `origins`: null for all. */
export function corsHeaders(
  request: { headers: Pick<Headers, "get"> },
  origins: readonly string[] | null,
  methods: string,
  headers: readonly string[],
): Record<string, string> {
  const origin = request.headers.get("origin");
  const allowed = origins === null ? "*" : origins.find((one) => one === origin);
  return {
    ...(allowed === undefined ? {} : { "Access-Control-Allow-Origin": allowed }),
    ...(origins === null ? {} : { Vary: "Origin" }),
    "Access-Control-Allow-Methods": methods,
    "Access-Control-Allow-Headers":
      request.headers.get("access-control-request-headers") ??
      ["authorization", "content-type", ...headers, TENANT_HEADER].join(", "),
    "Access-Control-Max-Age": "86400",
  };
}
