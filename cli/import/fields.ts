/**
 * The rows that each cube takes: its fields, what columns they usually come from, and what stands in
 * for them when a file does not say. A field without a stand-in is required.
 */

export type FieldKind = "text" | "texts" | "time" | "integer" | "decimal" | "duration" | "choice";

export type FieldDefinition = {
  name: string;
  kind: FieldKind;
  /** Usual headers, the likeliest first; letters and digits only, lower case. */
  aliases: readonly string[];
  /** A cell's text that stands in when the file says nothing. */
  fallback?: string;
  /** A field whose value stands in, before `fallback`. */
  sameAs?: string;
  choices?: readonly string[];
};

export type RowDefinition = {
  cube: "watch" | "inventory";
  /** The public mutation that takes batches of such rows. */
  mutation: "watch:recordBatch" | "inventory:recordBatch";
  fields: readonly FieldDefinition[];
};

const words = (text: string) => text.split(" ");

const times = "timestamp time datetime date createdat";

export const rowDefinitions: Readonly<Record<RowDefinition["cube"], RowDefinition>> = {
  watch: {
    cube: "watch",
    mutation: "watch:recordBatch",
    fields: [
      {
        name: "videoId",
        kind: "text",
        aliases: words("videoid video movieid contentid itemid showid trackid id"),
        sameAs: "title",
      },
      {
        name: "title",
        kind: "text",
        aliases: words("title videotitle name movietitle showtitle"),
        sameAs: "videoId",
      },
      {
        name: "channel",
        kind: "text",
        aliases: words("channel channelname channeltitle creator author uploader studio network"),
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
        aliases: words("category categoryname section type"),
        fallback: "uncategorised",
      },
      {
        name: "viewer",
        kind: "text",
        aliases: words("viewer viewerid user userid username profilename profile member memberid"),
        fallback: "unknown",
      },
      { name: "watchedAt", kind: "time", aliases: words(`watchedat viewedat starttime ${times}`) },
      {
        name: "durationSeconds",
        kind: "duration",
        aliases: words("durationseconds duration watchtime secondswatched watchseconds seconds"),
        fallback: "0",
      },
    ],
  },
  inventory: {
    cube: "inventory",
    mutation: "inventory:recordBatch",
    fields: [
      {
        name: "product",
        kind: "text",
        aliases: words("product productcode productid sku item itemcode article productname"),
      },
      {
        name: "category",
        kind: "text",
        aliases: words("category productcategory categoryname itemgroup group"),
        fallback: "uncategorised",
      },
      {
        name: "warehouse",
        kind: "text",
        aliases: words("warehouse whse location site store depot"),
        fallback: "main",
      },
      {
        name: "kind",
        kind: "choice",
        choices: ["receipt", "shipment", "adjustment", "transfer", "return"],
        aliases: words("kind movementtype transactiontype movement type"),
        fallback: "receipt",
      },
      {
        name: "quantity",
        kind: "integer",
        aliases: words("quantity qty orderdemand units change demand"),
      },
      {
        name: "unitCost",
        kind: "decimal",
        aliases: words("unitcost cost unitprice price"),
        fallback: "0",
      },
      {
        name: "occurredAt",
        kind: "time",
        aliases: words(`occurredat movementdate orderdate ${times}`),
      },
    ],
  },
};

/** Columns that hold an idempotency key. */
export const keyAliases = words("key idempotencykey");
