/** What the compiler says to a mistake in a query: the sentence that a user reads, as the compiler writes it. */
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const here = import.meta.dirname;
const file = join(here, "query.ts");
const root = join(here, "../../..");

const head = `
import type { GenericId } from "convex/values";
import { useRollup } from "../../../src/react/useRollup.js";
import { api } from "../support/orders.js";
declare const orgId: GenericId<"orgs">;
`;

/** Each mistake with the end of what is said about it. */
const mistakes: [title: string, call: string, sentence: string][] = [
  [
    "a misspelt measure",
    '{ orgId }, { measures: ["orders.revenu"] }',
    `Did you mean '"orders.revenue"'?`,
  ],
  [
    "a misspelt dimension",
    '{ orgId }, { dimensions: ["orders.statsu"] }',
    `Did you mean '"orders.status"'?`,
  ],
  [
    "a misspelt granularity",
    '{ orgId }, { timeDimensions: [{ dimension: "orders.createdAt", granularity: "mont" }] }',
    `Did you mean '"month"'?`,
  ],
  [
    "a misspelt operator",
    '{ orgId }, { filters: [{ member: "orders.status", operator: "equal", values: ["paid"] }] }',
    `Did you mean '"equals"'?`,
  ],
  [
    "a misspelt key",
    '{ orgId }, { measuers: ["orders.count"] }',
    `Did you mean to write 'measures'?`,
  ],
  [
    "an unknown key",
    '{ orgId }, { measures: ["orders.count"], limits: 3 }',
    `Type 'number' is not assignable to type 'NoSuchKey<"limits">'.`,
  ],
  [
    "members of two cubes",
    '{ orgId }, { measures: ["orders.count"], dimensions: ["visits.kind"] }',
    `required in type 'OneCubeOnly'.`,
  ],
  [
    "a misspelt tenant",
    '{ orgID: orgId }, { measures: ["orders.count"] }',
    `Did you mean to write 'orgId'?`,
  ],
];

/** The errors of each line of a file that is compiled by the repository's own options. */
function errorsByLine(text: string): Map<number, string> {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022)
      : getSourceFile(name, ...rest);
  const program = ts.createProgram([file], { ...options, types: [] }, host);
  const errors = new Map<number, string>();
  for (const { messageText, start = 0 } of program.getSemanticDiagnostics(
    program.getSourceFile(file),
  )) {
    const line = text.slice(0, start).split("\n").length;
    errors.set(line, ts.flattenDiagnosticMessageText(messageText, "\n"));
  }
  return errors;
}

describe("the compiler answers", () => {
  const valid = '{ orgId }, { measures: ["orders.revenue"] }';
  const calls = [valid, ...mistakes.map(([, call]) => call)];
  const lines = calls.map((call) => `useRollup(api.rollups.rows, ${call});`);
  const errors = errorsByLine(head + lines.join("\n"));
  const firstLine = head.split("\n").length;

  it.each(mistakes.map(([title, , sentence], i) => ({ title, sentence, line: firstLine + 1 + i })))(
    "$title",
    ({ sentence, line }) => expect(errors.get(line)).toContain(sentence),
  );

  it("nothing to a right query, and nothing else", () => {
    expect(errors.get(firstLine)).toBeUndefined();
    expect(errors.size).toBe(mistakes.length);
  });
});
