/**
 * A Takeout history: what one of its entries says in the words of a watch row. Only watches of videos
 * count. Ads are watches under a category of their own; likes, posts, searches, links to other hosts
 * and removed videos are refused by name.
 */
import { cellOf, type Cell, type Cells } from "../../records/record.js";
import { patternOf, patternsOf, readTitle } from "./languages.js";

export type ActivityResult =
  | { ok: true; cells: Cells }
  | {
      ok: false;
      code: "NotAWatch" | "RemovedVideo" | "UnknownActivity";
      message: string;
    };

/** The category of ads: they are told by their `details`, which no other entry has. */
const AD_CATEGORY = "Ads";

const WAY_OUT = 'say how a watch reads in this language with --watched "Watched *"';

const videoHost = /(?:^|\.)(?:youtube\.com|youtube-nocookie\.com|youtubekids\.com)$/;

/**
 * A reader of entries. `sample`: entries of the same history, which show its language. `watched`: the
 * user's own pattern, as `Watched *`.
 */
export function activityReader(
  sample: readonly Cells[],
  watched: string | undefined,
): (entry: Cells) => ActivityResult {
  const lines = sample.filter((entry) => videoOf(entry) !== undefined).map(lineOf);
  const languages = watched === undefined ? patternsOf(lines) : [[patternOf(watched)]];
  const known = watched !== undefined || lines.some((line) => isWatched(line));

  function isWatched(line: string): boolean {
    return readTitle(languages, line).kind !== "other";
  }

  return (entry) => {
    const line = lineOf(entry);
    const url = textOf(cellOf(entry, "titleUrl"));
    if (url === undefined) {
      const message = `"${line}" has no address: the video was removed or is private`;
      return { ok: false, code: "RemovedVideo", message };
    }
    const videoId = videoOf(entry);
    if (videoId === undefined) {
      return { ok: false, code: "NotAWatch", message: `${url} is no video: "${line}"` };
    }
    const title = readTitle(languages, line);
    if (title.kind === "ambiguous" || (title.kind === "other" && !known)) {
      const message = `"${line}" may or may not be a watch; ${WAY_OUT}`;
      return { ok: false, code: "UnknownActivity", message };
    }
    if (title.kind === "other") {
      return { ok: false, code: "NotAWatch", message: `"${line}" is no watch` };
    }
    const bare = title.title.trim();
    return {
      ok: true,
      cells: {
        videoId,
        // Videos that are gone by now have their address as title.
        title: /^https?:\/\//.test(bare) ? undefined : bare,
        channel: textOf(memberOf(firstOf(cellOf(entry, "subtitles")), "name")),
        category: isAd(entry) ? AD_CATEGORY : textOf(cellOf(entry, "header")),
        watchedAt: cellOf(entry, "time"),
      },
    };
  };
}

/** The title's line with one kind of space. */
function lineOf(entry: Cells): string {
  return (textOf(cellOf(entry, "title")) ?? "").replace(/\s+/g, " ");
}

/** The id in `watch?v=…`, `/shorts/…`, `/live/…`, `/embed/…` or `youtu.be/…` addresses. */
function videoOf(entry: Cells): string | undefined {
  const address = textOf(cellOf(entry, "titleUrl"));
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  const [, head = "", tail = ""] = url.pathname.split("/");
  let id: string | null = null;
  if (videoHost.test(url.hostname)) {
    id = head === "watch" ? url.searchParams.get("v") : null;
    if (["shorts", "live", "embed"].includes(head)) id = tail;
  } else if (url.hostname === "youtu.be") {
    id = head;
  }
  return id !== null && /^[\w-]{6,}$/.test(id) ? id : undefined;
}

function isAd(entry: Cells): boolean {
  return firstOf(cellOf(entry, "details")) !== undefined;
}

function firstOf(list: Cell | undefined): Cell | undefined {
  return Array.isArray(list) ? (list as readonly Cell[])[0] : undefined;
}

function memberOf(cell: Cell | undefined, name: string): Cell | undefined {
  const isObject = typeof cell === "object" && cell !== null && !Array.isArray(cell);
  return isObject ? cellOf(cell as Cells, name) : undefined;
}

function textOf(cell: Cell | undefined): string | undefined {
  return typeof cell === "string" && cell.trim() !== "" ? cell.trim() : undefined;
}
