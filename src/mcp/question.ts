/** The question of a call: query JSON of one cube, as models send it. */
import { RollupsError } from "../../lib/errors.js";
import { nearest } from "../../lib/model/memberNames.js";
import { readOneQuery } from "../cube/requests.js";
import { isParts } from "./protocol.js";
import type { LoadOptions, Tool } from "./tool.js";

type Parts = Readonly<Record<string, unknown>>;

/** Throws `InvalidQuery` for an argument that the tool does not take: one that is ignored would be missed. */
export function mustBeArguments({ told }: Tool, args: Parts): void {
  const known = Object.keys(told.inputSchema["properties"] as Parts);
  const other = Object.keys(args).find((name) => !known.includes(name));
  if (other === undefined) return;
  const [near] = nearest(other, known, 1);
  const hint = queryKeys.includes(other)
    ? ` beside "query": put it into { "query": { "${other}": … } }`
    : near === undefined
      ? `; it takes ${known.join(", ") || "none"}`
      : `; did you mean ${near}?`;
  throw invalid(other.slice(0, 100), `${told.name} takes no "${other.slice(0, 100)}"${hint}`);
}

/** Of an answer. Throws `InvalidQuery`; of the commit's form the app says whether it is right. */
export function optionsOf({ freshness, atLeast }: Parts): LoadOptions {
  if (freshness !== undefined && freshness !== "live" && freshness !== "folded")
    throw invalid("freshness", 'freshness must be "live" or "folded"');
  if (atLeast !== undefined && typeof atLeast !== "string")
    throw invalid("atLeast", "atLeast must be a commit timestamp as text");
  return {
    ...(freshness === undefined ? {} : { freshness }),
    ...(atLeast === undefined ? {} : { atLeast }),
  };
}

/** Checked for its bounds alone. Throws `InvalidQuery` and `UnsupportedQuery`. */
export function questionOf(args: Parts): Parts {
  // Some models send JSON within JSON.
  const asked = readOneQuery({ query: args["query"] });
  return isParts(asked) ? asked : {};
}

function invalid(path: string, message: string): RollupsError {
  return new RollupsError("InvalidQuery", message, { path });
}

const queryKeys = [
  ...["measures", "dimensions", "timeDimensions", "segments", "filters", "order", "limit"],
];
