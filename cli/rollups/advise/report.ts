/** Advice in words. */
import type { Advice, Counted, Proposal, Withheld } from "../../../lib/advisor/advise.js";
import { daysOf } from "../../../lib/advisor/evidence.js";
import type { Volume } from "../../../lib/advisor/load.js";
import type { Bill } from "../../../lib/advisor/standing.js";
import type { Pattern } from "../../../lib/patterns/pattern.js";
import type { Applied } from "./since.js";

export function describeAdvice(
  { cube, proposals, withheld, unused }: Advice & { cube: string },
  patterns: readonly Pattern[],
  { sampled, span }: Pick<Counted, "sampled" | "span">,
): string {
  const reports = patterns.reduce((sum, one) => sum + one.reports, 0);
  return [
    `${cube}: ${whole(patterns.length)} patterns by ${whole(reports)} reports in ${daysOf(patterns).toFixed(1)} days, ` +
      `counted by ${whole(sampled)} of about ${whole(span.records)} records`,
    ...proposals.map(describeProposal),
    ...(proposals.length === 0 ? ["  Nothing to propose."] : []),
    ...withheld.map(describeWithheld),
    ...(unused.length === 0 ? [] : [`  No reported question is read from ${unused.join(", ")}.`]),
    "",
  ].join("\n");
}

function describeProposal(proposal: Proposal): string {
  const { kind, rollup, before, after, saves, build, serves, evidence, confidence } = proposal;
  const { replaces, lines } = proposal;
  const gone = replaces.filter((name) => name !== rollup || lines === "");
  const { reports, days } = evidence;
  return [
    `\n  ${kind} ${rollup}: saves ${dollars(saves)} a month (${confidence} confidence)`,
    `    before  ${billText(before)}`,
    `    after   ${billText(after)}`,
    ...(lines === "" ? [] : [`    once    ${volume(build)} to build it`]),
    `    by ${whole(reports)} reports in ${days.toFixed(1)} days; reads ${serves.length} patterns differently: ` +
      (serves.map(({ form }) => form).join(", ") || "none"),
    ...gone.map((name) => `      // delete: ${name}`),
    ...(lines === "" ? [] : lines.split("\n").map((line) => `      ${line}`)),
  ].join("\n");
}

function describeWithheld(withheld: Withheld): string {
  const { kind, rollup, saves } = withheld;
  return `  not proposed: ${kind} ${rollup}, which would save ${dollars(saves)} a month. ${why(withheld)}`;
}

function why(withheld: Withheld): string {
  switch (withheld.code) {
    case "ThinEvidence": {
      const parts = Object.entries(withheld.missing).map(
        ([name, { has, needs }]) => `${name} ${rounded(has)} of ${rounded(needs)}`,
      );
      return `ThinEvidence: ${parts.join(", ")}`;
    }
    case "OnlyCover":
      return `OnlyCover: nothing else keeps ${withheld.members.join(", ")}, and the reports do not show who else asks for it`;
    case "SourceExpired":
      return "SourceExpired: no record and no other rollup has its history any more";
    default:
      return withheld satisfies never;
  }
}

/** What a proposal cost in the end. */
export function describeOutcome({ proposal, outcome }: Applied): string {
  const name = `${proposal.kind} ${proposal.cube}.${proposal.rollup}`;
  if (outcome === null) return `${name}: not applied, or nothing to count\n`;
  const rows = Object.entries(outcome).map(([what, { predicted, counted, error }]) => {
    const show = what === "dollars" ? dollars : whole;
    const off = error === null ? "" : `  ${error < 0 ? "" : "+"}${(error * 100).toFixed(1)} %`;
    return `  ${what.padEnd(16)} predicted ${show(predicted)}, counted ${show(counted)}${off}`;
  });
  return `${[name, ...rows].join("\n")}\n`;
}

function billText({ reads, others, upkeep, stored, dollars: sum }: Bill): string {
  const other = others.documents === 0 ? "" : `, other reads ${volume(others)}`;
  return `${dollars(sum)} a month: reads ${volume(reads)}${other}, upkeep ${volume(upkeep)}, stored ${volume(stored)}`;
}

function volume({ documents, bytes }: Volume): string {
  return `${whole(documents)} documents (${(bytes / 1e6).toFixed(1)} MB)`;
}

function dollars(sum: number): string {
  return `$${sum.toFixed(sum < 1 ? 4 : 2)}`;
}

function whole(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}

function rounded(n: number): string {
  return n >= 10 ? whole(n) : n.toFixed(1);
}
