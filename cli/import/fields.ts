/**
 * The rows that each cube takes: its fields, what columns they usually come from, and what stands in
 * for them when a file does not say. A field without a stand-in is required.
 */
import { inventory, watch } from "../../convex/cubes.js";
import { inventoryShape, watchShape } from "../../convex/sources/shapes.js";
import type { RowShape } from "../../convex/sources/rows.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import type { FieldSet } from "../records/fields.js";

export interface RowDefinition extends FieldSet {
  cube: "watch" | "inventory";
  /** The public mutation that takes batches of such rows. */
  mutation: "watch:recordBatch" | "inventory:recordBatch";
  /** What the server checks rows by. */
  checks: { shape: RowShape; cube: CubeDefinition };
}

const words = (text: string) => text.split(" ");

const times = "timestamp time datetime date";

export const rowDefinitions: Readonly<Record<RowDefinition["cube"], RowDefinition>> = {
  watch: {
    cube: "watch",
    mutation: "watch:recordBatch",
    checks: { shape: watchShape, cube: watch },
    fields: [
      {
        name: "videoId",
        kind: "text",
        aliases: words("videoid video movieid filmid episodeid contentid showid trackid"),
        sameAs: "title",
        identity: true,
      },
      {
        name: "title",
        kind: "text",
        aliases: words("title videotitle movietitle filmtitle showtitle"),
        sameAs: "videoId",
      },
      {
        name: "channel",
        kind: "text",
        aliases: words("channel channelname channeltitle uploader studio"),
        fallback: "unknown",
      },
      {
        name: "topics",
        kind: "texts",
        aliases: words("topics topic genres genre tags"),
        fallback: "",
      },
      {
        name: "category",
        kind: "text",
        aliases: words("category categoryname"),
        fallback: "uncategorised",
      },
      {
        name: "viewer",
        kind: "text",
        aliases: words("viewer viewerid user userid username profilename profile member memberid"),
        fallback: "unknown",
        identity: true,
      },
      {
        name: "watchedAt",
        kind: "time",
        aliases: words(`watchedat viewedat starttime ${times}`),
        identity: true,
      },
      {
        name: "durationSeconds",
        kind: "duration",
        aliases: words("durationseconds duration secondswatched watchseconds seconds"),
        fallback: "0",
      },
    ],
  },
  inventory: {
    cube: "inventory",
    mutation: "inventory:recordBatch",
    checks: { shape: inventoryShape, cube: inventory },
    fields: [
      {
        name: "product",
        kind: "text",
        aliases: words("product productcode productid sku item itemcode article productname"),
        identity: true,
      },
      {
        name: "category",
        kind: "text",
        aliases: words("category productcategory categoryname itemgroup"),
        fallback: "uncategorised",
      },
      {
        name: "warehouse",
        kind: "text",
        aliases: words("warehouse whse location site store depot"),
        fallback: "main",
        identity: true,
      },
      {
        name: "kind",
        kind: "choice",
        choices: ["receipt", "shipment", "adjustment", "transfer", "return"],
        aliases: words("kind movementtype transactiontype movement type"),
        fallback: "receipt",
        identity: true,
      },
      {
        name: "quantity",
        kind: "integer",
        aliases: words("quantity qty orderdemand units change demand"),
        otherwise: ", or --in COLUMN --out COLUMN",
        identity: true,
      },
      {
        name: "unitCost",
        kind: "decimal",
        aliases: words("unitcost costperunit unitprice"),
        fallback: "0",
      },
      {
        name: "occurredAt",
        kind: "time",
        aliases: words(`occurredat movementdate orderdate ${times}`),
        identity: true,
      },
    ],
  },
};
