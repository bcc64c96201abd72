/**
 * The real files as the oracle's rows, read here by a few plain lines that share nothing with the
 * importer. Their layout is described beside them; `documented` finds the command that the README
 * gives for each.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { StockRow, WatchRow } from "../oracle/cubes.js";
import { realFiles } from "../cli/realData.js";

function linesOf(directory: string, file: string): string[] {
  const text = gunzipSync(readFileSync(join(directory, file))).toString("utf8");
  return text.split(/\r?\n/).filter((line) => line !== "");
}

/** Cells of one line of CSV; quoted ones may hold commas and doubled quotes. */
export function cellsOf(line: string): string[] {
  const cells = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)];
  return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}

/** userId,movieId,rating,timestamp (epoch seconds), with movieId,title,genres beside them. */
export function readRatings(directory: string): WatchRow[] {
  const films = new Map<string, { title: string; genres: string[] }>();
  for (const line of linesOf(directory, realFiles.movies).slice(1)) {
    const [movieId = "", title = "", genres = ""] = cellsOf(line);
    films.set(movieId, { title: title.trim(), genres: genres.split("|") });
  }
  return linesOf(directory, realFiles.ratings)
    .slice(1)
    .map((line) => {
      const [userId = "", movieId = "", , timestamp = ""] = line.split(",");
      const film = films.get(movieId)!;
      return {
        videoId: movieId,
        title: film.title,
        topics: film.genres,
        viewer: userId,
        watchedAt: Number(timestamp) * 1000,
        // What the file does not say is declared in the command.
        channel: "MovieLens",
        category: "Film",
        durationSeconds: 0,
      };
    });
}

/** Product_Code,Warehouse,Product_Category,Date (dd/mm/yyyy),Order_Demand */
export function readDemand(directory: string): StockRow[] {
  return linesOf(directory, realFiles.demand)
    .slice(1)
    .map((line) => {
      const [product = "", warehouse = "", category = "", date = "", demand = ""] = line.split(",");
      const [day, month, year] = date.split("/").map(Number);
      return {
        product,
        warehouse,
        category,
        quantity: Number(demand),
        occurredAt: Date.UTC(year!, month! - 1, day),
        kind: "receipt",
        unitCost: 0,
      };
    });
}

/**
 * The words after `npm run import --` of the README's command for a file, with the file names where
 * they really lie.
 */
export function documented(file: "ratings" | "demand", directory: string): string[] {
  const readme = readFileSync(join(import.meta.dirname, "../../cli/README.md"), "utf8");
  const commands = [...readme.matchAll(/^npm run import -- ((?:.*\\\n)*.*)$/gm)];
  const command = commands.map((match) => match[1]!).find((text) => text.includes(realFiles[file]));
  if (command === undefined) throw new Error(`cli/README.md has no command for ${realFiles[file]}`);
  const words = command.replaceAll("\\\n", " ").match(/"[^"]*"|\S+/g)!;
  return words.map((word) => {
    const bare = word.replaceAll('"', "");
    return Object.values(realFiles).some((name) => name === bare) ? join(directory, bare) : bare;
  });
}
