/** The question of a call: query JSON of one cube, as models send it. */
import { RollupsError } from "../../lib/errors.js";
import { readOneQuery } from "../cube/requests.js";
import { isParts } from "./protocol.js";

type Parts = Readonly<Record<string, unknown>>;

/** Checked for its bounds alone. Throws `InvalidQuery` and `UnsupportedQuery`. */
export function questionOf(args: Parts): Parts {
  const { query } = args;
  if (query === undefined && Object.keys(args).some((key) => queryKeys.includes(key))) {
    const message = 'Put it into "query": { "query": { "measures": […] } }';
    throw new RollupsError("InvalidQuery", message, { path: "query" });
  }
  // Some models send JSON within JSON.
  const asked = readOneQuery({ query });
  return isParts(asked) ? asked : {};
}

const queryKeys = ["measures", "dimensions", "timeDimensions", "segments", "filters"];
