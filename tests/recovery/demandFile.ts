/** Stock movements to import in the crash suites: the real file, or one of the same shape. */
import { announceData, realDataDir } from "../cli/realData.js";
import type { StockRow } from "../oracle/cubes.js";
import { generateFiles } from "../realData/generatedFiles.js";
import { documented, readDemand } from "../realData/sourceFiles.js";

export interface DemandFile {
  title: string;
  rows: StockRow[];
  /** The words of the documented import command for a backend. */
  command(url: string): string[];
}

export function demandFile(suite: string): DemandFile {
  const real = realDataDir();
  announceData(suite, real);
  const directory = real ?? generateFiles();
  return {
    title: real === null ? "GENERATED data of the real file's shape" : "the real file",
    rows: readDemand(directory),
    command: (url) => [...documented("demand", directory), "--url", url],
  };
}
