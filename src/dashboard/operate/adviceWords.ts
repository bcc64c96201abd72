/** Proposals of the advisor, as sentences. */
import type { Proposal, Withheld } from "../../../lib/advisor/advise.js";
import type { Confidence } from "../../../lib/advisor/evidence.js";
import { formatCount } from "../format/numbers.js";

const verbs = { add: "Add", merge: "Merge into", narrow: "Narrow", drop: "Drop" } as const;

export function proposalWords({
  kind,
  rollup,
  replaces,
}: Pick<Proposal, "kind" | "rollup" | "replaces">): string {
  const gone = replaces.filter((name) => name !== rollup);
  const instead = kind === "merge" && gone.length > 0 ? ` instead of ${gone.join(" and ")}` : "";
  return `${verbs[kind]} ${rollup}${instead}`;
}

export const confidenceWords: Record<Confidence, string> = {
  high: "counted, and asked often",
  medium: "counted, or estimated in part",
  low: "of little evidence",
};

const evidenceNames: Record<string, string> = {
  reports: "reports",
  days: "days of reports",
  records: "records",
};

/** Why it is not proposed. */
export function withheldWords(withheld: Withheld): string {
  switch (withheld.code) {
    case "ThinEvidence": {
      const parts = Object.entries(withheld.missing).map(
        ([name, { has, needs }]) =>
          `${formatCount(Math.floor(has))} of ${formatCount(needs)} ${evidenceNames[name] ?? name}`,
      );
      return `There are ${parts.join(" and ")}.`;
    }
    case "OnlyCover":
      return `Nothing else keeps ${withheld.members.join(", ")}, and reports do not show who else asks for it.`;
    case "SourceExpired":
      return "Its history is in no record any more.";
    default:
      return withheld satisfies never;
  }
}
