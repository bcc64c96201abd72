/** How an entry of a viewing history looks, in any language. */
import { cellOf, type Cells } from "../../records/record.js";

/** An address of a video in JSON (where = may be escaped) or HTML. */
const watchAddress =
  /https?:\/\/(?:www|m|music)\.youtube\.com\/watch\?v(?:=|\\u003[dD]|&#61;|%3D)[\w-]/;

/** Whether the start of a file is that of a `watch-history`, under whatever name. */
export function isWatchHistory(head: string): boolean {
  const isJson = /^\s*\[/.test(head) && head.includes('"titleUrl"');
  const isHtml = /^\s*</.test(head) && head.includes("outer-cell");
  return (isJson || isHtml) && watchAddress.test(head);
}

/** Whether a JSON object is an entry of Takeout, rather than a row with a title and a time. */
export function isActivity(cells: Cells): boolean {
  return ["header", "title", "time"].every((name) => typeof cellOf(cells, name) === "string");
}
