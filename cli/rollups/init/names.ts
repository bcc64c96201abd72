/** What the names of fields and tables suggest. Nothing here decides by itself: kinds do too. */

/** `createdAt`, `created_at` and `CreatedAt` as words: `["created", "at"]`. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

/** Whose a document is, the widest owner first. */
const OWNERS = [
  ...["tenant", "org", "organization", "organisation", "workspace", "team", "company"],
  ...["account", "business", "store", "shop", "site", "project", "user", "owner", "author"],
];

/** The rank of a field that says whose a document is, 0 the likeliest; null for other names. */
export function ownerRank(name: string): number | null {
  const words = wordsOf(name).filter(
    (word) => !["id", "slug", "key", "clerk", "by"].includes(word),
  );
  const rank = words.length === 1 ? OWNERS.indexOf(words[0]!) : -1;
  return rank === -1 ? null : rank;
}

/** When a record happened, the likeliest first. */
const MOMENTS = [
  ...["occurred", "happened", "placed", "ordered", "paid", "sold", "purchased", "charged"],
  ...["watched", "viewed", "played", "visited", "clicked", "sent", "received", "started"],
  ...["recorded", "logged", "timestamp", "ts", "date", "time", "when", "created"],
];

/** Times that change later, or lie ahead. */
const OTHER_MOMENTS =
  /updat|modif|edit|delet|archiv|expir|end|finish|complet|due|until|last|next|seen/;

/** The rank of a field that says when a record happened, 0 the likeliest; null for other names. */
export function momentRank(name: string): number | null {
  const words = wordsOf(name);
  if (words.some((word) => OTHER_MOMENTS.test(word))) return null;
  const rank = MOMENTS.findIndex((moment) => words.includes(moment));
  if (rank !== -1) return rank;
  return ["at", "on"].includes(words.at(-1) ?? "") ? MOMENTS.length : null;
}

const SUMMED =
  /^(amount|total|subtotal|revenue|cost|fee|tax|discount|tip|quantity|qty|units|count|duration|seconds|minutes|hours|ms|bytes|tokens|credits|points|views|clicks|impressions|distance|weight|spend|profit|sales|cents)$/;
const AVERAGED =
  /^(price|rate|rating|score|latency|temperature|percent|percentage|ratio|speed|age|level)$/;
const NEITHER =
  /^(id|index|order|position|rank|sort|version|year|month|day|lat|lng|lon|latitude|longitude|zip|number|code|at|on|time|date|timestamp|ts|x|y)$/;

/** What one does with a number of this name: add up (surely or maybe), average, or nothing. */
export function useOfNumber(name: string): "sum" | "maybeSum" | "avg" | null {
  const words = wordsOf(name);
  if (words.some((word) => SUMMED.test(word))) return "sum";
  if (words.some((word) => AVERAGED.test(word))) return "avg";
  return words.some((word) => NEITHER.test(word)) ? null : "maybeSum";
}

const GROUPS =
  /^(status|state|type|kind|category|country|region|city|channel|source|medium|currency|plan|tier|provider|method|platform|device|browser|os|language|locale|brand|model|priority|stage|role|event|action|level|department|warehouse|gender|campaign|reason|outcome|severity|environment|sku)$/;

/** Whether strings of this name are few enough to group by. */
export function isGroup(name: string): boolean {
  return wordsOf(name).some((word) => GROUPS.test(word));
}

const FACTS =
  /^(orders?|sales?|events?|payments?|transactions?|purchases?|invoices?|records?|logs?|movements?|visits?|views?|clicks?|usage|charges?|transfers?|sessions?|entries|bookings?|trips?|readings?|metrics?|watches)$/;
const NO_FACTS =
  /^(users?|orgs?|organizations?|organisations?|teams?|members?|memberships?|settings?|accounts?|workspaces?|tenants?|profiles?|roles?|files?|jobs?|caches?|counters?)$/;

/** How much a table's name suggests that its documents are things that happened. */
export function factsOfName(name: string): number {
  const last = wordsOf(name).at(-1) ?? "";
  return FACTS.test(last) ? 3 : NO_FACTS.test(last) ? -4 : 0;
}
