/** Files of a widget for people to keep. What makes them is loaded with the first one, not with the first screen. */
import type { Table } from "../charts/table.js";

export async function downloadCsv(title: string, table: Table): Promise<void> {
  const [{ csvOf }, { download, fileName }] = await Promise.all([
    import("./csv.js"),
    import("./download.js"),
  ]);
  // The mark has spreadsheets read UTF-8.
  const text = `\uFEFF${csvOf(table)}`;
  download(fileName(title, "csv"), new Blob([text], { type: "text/csv" }));
}

export async function downloadPng(title: string, chart: SVGSVGElement): Promise<void> {
  const [{ pngOf }, { download, fileName }] = await Promise.all([
    import("../charts/picture.js"),
    import("./download.js"),
  ]);
  download(fileName(title, "png"), await pngOf(chart));
}

export const copy = (text: string): Promise<void> => navigator.clipboard.writeText(text);
