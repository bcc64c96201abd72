/**
 * Files of the same names, columns and shape as the real ones, made up from a seed: for machines
 * that do not have those.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { realFiles } from "../cli/realData.js";
import { dice, type Dice } from "./random.js";

const films = 9_125;
const viewers = 671;
const ratings = 100_004;
const movements = 21_999;
const genres = (
  "Action|Adventure|Animation|Children|Comedy|Crime|Documentary|Drama|Fantasy|Film-Noir|" +
  "Horror|IMAX|Musical|Mystery|Romance|Sci-Fi|Thriller|War|Western"
).split("|");

/** Writes the files into a folder of their own, and says which. */
export function generateFiles(seed = 1): string {
  const directory = mkdtempSync(join(tmpdir(), "rollups-data-"));
  const random = dice(seed);
  const write = (name: string, lines: string[]) =>
    writeFileSync(join(directory, name), gzipSync(`${lines.join("\n")}\n`));
  write(realFiles.movies, movieLines(random));
  write(realFiles.ratings, ratingLines(random));
  write(realFiles.demand, demandLines(random));
  return directory;
}

function movieLines(random: Dice): string[] {
  const lines = ["movieId,title,genres"];
  for (let id = 1; id <= films; id++) {
    const own = random.shuffle(genres).slice(0, random.below(5));
    const title = random.chance(0.2) ? `"Film ${id}, The (1999)"` : `Film ${id} (1999)`;
    lines.push(`${id},${title},${own.length === 0 ? "(no genres listed)" : own.join("|")}`);
  }
  return lines;
}

function ratingLines(random: Dice): string[] {
  const lines = ["userId,movieId,rating,timestamp"];
  const [first, last] = [Date.UTC(1995, 0, 9) / 1000, Date.UTC(2016, 9, 16) / 1000];
  // People rate in sittings: most of a viewer's records lie close together.
  let sitting = first;
  for (let i = 0; i < ratings; i++) {
    if (i % 20 === 0) sitting = first + random.below(last - first - 86_400);
    const viewer = 1 + Math.floor((i * viewers) / ratings);
    const film = 1 + Math.floor(films * random.next() ** 2);
    lines.push(`${viewer},${film},${random.below(10) / 2},${sitting + random.below(7200)}`);
  }
  return lines;
}

function demandLines(random: Dice): string[] {
  const lines = ["Product_Code,Warehouse,Product_Category,Date,Order_Demand"];
  const two = (value: number) => String(value).padStart(2, "0");
  for (let i = 0; i < movements; i++) {
    const product = random.below(948);
    const warehouse = ["Whse_J", "Whse_S", "Whse_C"][Math.floor(3 * random.next() ** 2)];
    const date = new Date(Date.UTC(2011, 11, 1) + random.below(400) * 86_400_000);
    const day = `${two(date.getUTCDate())}/${two(date.getUTCMonth() + 1)}/${date.getUTCFullYear()}`;
    const demand = 1 + Math.floor(100_000 * random.next() ** 4);
    lines.push(`Product_${product},${warehouse},Category_${product % 26},${day},${demand}`);
  }
  return lines;
}
