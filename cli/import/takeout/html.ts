/**
 * The entries of a `watch-history.html`, as a stream, under the member names of the JSON export. Only
 * the structure is read, which is the same in every language: a cell per entry, whose lines are title,
 * channel and time; a caption with sections, of which one without a link is the details of an ad.
 */
import { Parser } from "htmlparser2";
import type { Cell, Item } from "../../records/record.js";

interface Line {
  text: string;
  links: string[];
}

/** An entry while its tags come in. */
interface Draft {
  header: string;
  lines: Line[];
  /** The caption's sections: whether a link stands in each. */
  sections: { linked: boolean; text: string }[];
}

type Part = "title" | "content" | "caption";

export async function* readHistoryHtml(text: AsyncIterable<string>): AsyncGenerator<Item> {
  const ready: Draft[] = [];
  const parser = parserInto(ready);
  let row = 0;
  function* drain(): Generator<Item> {
    for (const draft of ready.splice(0)) {
      row += 1;
      const cells = cellsOf(draft);
      yield { kind: "record", position: { row }, cells, raw: JSON.stringify(cells) };
    }
  }
  for await (const chunk of text) {
    parser.write(chunk);
    yield* drain();
  }
  parser.end();
  yield* drain();
}

function parserInto(ready: Draft[]): Parser {
  let draft: Draft | undefined;
  /** One per open `div` within an entry. */
  const parts: (Part | undefined)[] = [];
  let part: Part | undefined;
  return new Parser({
    onopentag(tag, { class: names = "", href = "" }) {
      if (tag === "div" && draft === undefined && names.split(" ").includes("outer-cell")) {
        draft = { header: "", lines: [{ text: "", links: [] }], sections: [] };
        parts.length = 0;
      }
      if (draft === undefined) return;
      if (tag === "div") {
        part = partOf(names);
        parts.push(part);
      } else if (tag === "p" && names.includes("title")) {
        part = "title";
      } else if (tag === "br" && part === "content") {
        draft.lines.push({ text: "", links: [] });
      } else if (tag === "a") {
        if (part === "content") draft.lines.at(-1)!.links.push(href);
        if (part === "caption" && draft.sections.length > 0) draft.sections.at(-1)!.linked = true;
      } else if (tag === "b" && part === "caption") {
        draft.sections.push({ linked: false, text: "" });
      }
    },
    ontext(data) {
      if (draft === undefined) return;
      if (part === "title") draft.header += data;
      if (part === "content") draft.lines.at(-1)!.text += data;
      if (part === "caption" && draft.sections.length > 0) draft.sections.at(-1)!.text += data;
    },
    onclosetag(tag) {
      if (draft === undefined) return;
      if (tag === "p") part = parts.at(-1);
      if (tag !== "div") return;
      parts.pop();
      part = parts.at(-1);
      if (parts.length > 0) return;
      ready.push(draft);
      draft = undefined;
    },
  });
}

/** The first content cell holds the entry; the one on its right is empty; the last is the caption. */
function partOf(names: string): Part | undefined {
  if (names.includes("mdl-typography--caption")) return "caption";
  const isContent = names.includes("content-cell") && names.includes("mdl-typography--body-1");
  return isContent && !names.includes("text-right") ? "content" : undefined;
}

function cellsOf({ header, lines, sections }: Draft): { readonly [k: string]: Cell } {
  const said = lines.filter(({ text }) => text.trim() !== "");
  const [title, ...others] = said;
  const time = others.at(-1);
  const channel = others.slice(0, -1).find(({ links }) => links.length > 0);
  const [, ...behind] = sections;
  const details = behind.filter(({ linked }) => !linked);
  return {
    header: tidy(header),
    title: tidy(title?.text ?? ""),
    ...(title?.links[0] === undefined ? {} : { titleUrl: title.links[0] }),
    subtitles: channel === undefined ? [] : [{ name: tidy(channel.text) }],
    time: tidy(time?.text ?? ""),
    details: details.map(({ text }) => ({ name: tidy(text) })),
  };
}

function tidy(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
