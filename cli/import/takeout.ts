/**
 * A Takeout `watch-history.json`: what one of its elements says in the words of a watch row. Ads and
 * music count as views, under a category of their own; entries about posts, searches and removed
 * videos name no video and are refused by name.
 */
import { canonicalJson, type Cell, type Cells } from "./record";

type TakeoutElement = { readonly [k: string]: Cell };

/** The verb before (or behind) a title, by language of the account. */
const verbs: readonly RegExp[] = [
  /^(?:Watched|Has visto|Vous avez regardé|Hai guardato|Você assistiu a|Du hast angesehen:?|Je hebt gekeken naar) /,
  / angesehen$/,
  / bekeken$/,
];

export type TakeoutResult =
  | { ok: true; cells: Cells; content: string }
  | { ok: false; code: "NotAWatch" | "RemovedVideo"; message: string };

/** Whether an element of a JSON array comes from Takeout rather than being a row in our own shape. */
export function isTakeout(element: TakeoutElement): boolean {
  return typeof element["title"] === "string" && "time" in element && !("videoId" in element);
}

/** Cells under the names of a watch row's fields; absent where the export says nothing. */
export function readTakeout(element: TakeoutElement): TakeoutResult {
  const url = text(element["titleUrl"]);
  const title = text(element["title"]) ?? "";
  if (url === undefined)
    return {
      ok: false,
      code: "RemovedVideo",
      message: `"${title}" has no titleUrl: the video was removed or is private.`,
    };
  const videoId = videoIdOf(url);
  if (videoId === undefined)
    return { ok: false, code: "NotAWatch", message: `${url} is no video: "${title}".` };
  const channel = first(element["subtitles"]);
  const bare = verbs.reduce((name, verb) => name.replace(verb, ""), title).trim();
  return {
    ok: true,
    cells: {
      videoId,
      // Videos that are gone by now have their address as title.
      title: bare === "" || bare.startsWith("http") ? undefined : bare,
      channel: text(channel?.["name"]),
      category: isAd(element) ? "Ads" : text(element["header"]),
      watchedAt: element["time"],
    },
    // Titles change with the account's language and with time; video and instant do not.
    content: canonicalJson({ videoId, time: element["time"] ?? null }),
  };
}

/** The id in `watch?v=…`, `/shorts/…`, `/live/…` or `youtu.be/…` addresses. */
function videoIdOf(url: string): string | undefined {
  return /(?:[?&]v=|\/shorts\/|\/live\/|youtu\.be\/)([\w-]{6,})/.exec(url)?.[1];
}

function isAd(element: TakeoutElement): boolean {
  const details = element["details"];
  return (
    Array.isArray(details) &&
    details.some((detail: Cell) => text((detail as TakeoutElement)["name"]) === "From Google Ads")
  );
}

function first(list: Cell | undefined): TakeoutElement | undefined {
  const item: Cell | undefined = Array.isArray(list) ? (list as readonly Cell[])[0] : undefined;
  return typeof item === "object" && item !== null && !Array.isArray(item)
    ? (item as TakeoutElement)
    : undefined;
}

function text(cell: Cell | undefined): string | undefined {
  return typeof cell === "string" && cell.trim() !== "" ? cell.trim() : undefined;
}
