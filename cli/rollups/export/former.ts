/** A former export, by which only what is newer is written. */
import { canonicalJson } from "../../../lib/hash/canonical.js";
import { Failure, messageOf } from "../../failure.js";
import { ABOUT_KEY, parseAbout, readText, sidecarOf, type About, type Sidecar } from "./about.js";
import { sumOf } from "./wholeFile.js";

/**
 * Of a Parquet file, else of what is beside the file. Throws `NoFile`, `BadFile`, and `OtherFile` where the file is not the one
 * that was written.
 */
export async function readFormer(path: string): Promise<About> {
  if (path.endsWith(".parquet")) return parseAbout(await aboutInParquet(path), path);
  const sidecar = sidecarOf(path);
  const about = parseAbout(await readText(sidecar), sidecar) as Sidecar;
  const sum = await sumOf(path).catch(() => null);
  if (sum === about.sha256) return about;
  throw new Failure("OtherFile", `${path} is not the file that ${sidecar} is about.`);
}

async function aboutInParquet(path: string): Promise<string> {
  const { asyncBufferFromFile, parquetMetadataAsync } = await import("hyparquet").catch(
    (error: unknown) => {
      throw new Failure(
        "NoParquet",
        `The package that reads Parquet is not there: ${messageOf(error)}`,
        "npm install --save-dev hyparquet",
      );
    },
  );
  const file = await asyncBufferFromFile(path).catch(() => {
    throw new Failure("NoFile", `There is no file ${path}.`);
  });
  const { key_value_metadata: pairs = [] } = await parquetMetadataAsync(file).catch(
    (error: unknown) => {
      throw new Failure("BadFile", `${path} is no Parquet: ${messageOf(error)}`);
    },
  );
  const about = pairs.find(({ key }) => key === ABOUT_KEY)?.value;
  if (about !== undefined) return about;
  throw new Failure("BadFile", `${path} was not written by export.`);
}

/** Throws `OtherExport` where the former one is of something else. */
export function mustBeOf(
  former: About,
  now: Pick<About, "deployment" | "tenant" | "asked" | "rollup" | "timezone" | "freshness">,
): void {
  const differs = (
    ["deployment", "tenant", "asked", "rollup", "timezone", "freshness"] as const
  ).find((name) => canonicalJson(former[name]) !== canonicalJson(now[name]));
  if (differs === undefined) return;
  throw new Failure(
    "OtherExport",
    `--since is of another export: its ${differs} is ${canonicalJson(former[differs])}.`,
  );
}
