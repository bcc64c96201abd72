/** What README.md shows, as data: files, shell lines, the answer, and the tables of the query API. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");

interface Block {
  language: string;
  text: string;
}

const blocks: Block[] = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, language = "", text = ""]) => ({ language, text }),
);

function textsOf(...languages: string[]): string[] {
  return blocks.flatMap(({ language, text }) => (languages.includes(language) ? [text] : []));
}

/** Path and text of each file; the first line of a block of code names it. */
export const files: ReadonlyMap<string, string> = new Map(
  textsOf("ts", "tsx", "js").map((text) => {
    const path = /^\/\/ ([\w./]+)\n/.exec(text)?.[1];
    if (path === undefined) throw new Error(`A block of README.md names no file:\n${text}`);
    return [path, text];
  }),
);

/** One command each. */
export const shellLines = textsOf("sh").flatMap((text) => text.trim().split(/\n| && /));

export const answer = JSON.parse(textsOf("json").join()) as { data: object[]; servedBy: string };

/** Rows of the table under a header: the first cell as text, and the code of the second. */
export function tableRows(header: string): { name: string; code: string[] }[] {
  const lines = readme.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${header} `));
  const rest = lines.slice(start + 2);
  return rest.slice(0, rest.indexOf("")).map((line) => {
    const [, name = "", examples = ""] = line.split("|").map((cell) => cell.trim());
    return { name, code: [...examples.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code) };
  });
}
