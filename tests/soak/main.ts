/**
 * `npm run soak -- --minutes 10 --writers 32 [--seed N]`: prints what it does and what it found; ends
 * with status 1 when a law is broken.
 */
import { badUsage, parseCommandLine, wholeNumber } from "../../cli/commandLine.js";
import { Failure, runCommand } from "../../cli/failure.js";
import { sum, type Findings } from "./findings.js";
import { describeSoak, soak, type SoakOptions } from "./soak.js";

const usage = "npm run soak -- [--minutes 10] [--writers 32] [--seed N]";
const PROGRESS_MS = 10_000;

await runCommand(async () => {
  const text = { type: "string" } as const;
  const { values, positionals } = parseCommandLine(
    process.argv.slice(2),
    { minutes: text, writers: text, seed: text },
    usage,
  );
  if (positionals.length > 0) throw badUsage(`"${positionals[0]}" is not understood.`, usage);
  const options: SoakOptions = {
    seconds: 60 * wholeNumber("minutes", values.minutes, 10, { min: 1, max: 24 * 60 }),
    writers: wholeNumber("writers", values.writers, 32, { min: 1, max: 1000 }),
    seed: wholeNumber("seed", values.seed, Date.now() % 1_000_000, { min: 0, max: 2 ** 31 }),
    calmMs: [3000, 8000],
    pushEveryMs: 25_000,
    pauseMsMax: 1500,
  };
  process.stdout.write(`soak ${JSON.stringify(options)}\n`);
  const startedAt = Date.now();
  const note = (line: string) => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    process.stdout.write(`${String(seconds).padStart(5)} s  ${line}\n`);
  };
  let progress: NodeJS.Timeout | undefined;
  const watched = (findings: Findings) => {
    progress = setInterval(() => note(progressOf(findings)), PROGRESS_MS);
  };
  const soaked = await soak(options, note, watched).finally(() => clearInterval(progress));
  process.stdout.write(`${describeSoak(soaked)}\n`);
  const { broken } = soaked.findings;
  if (broken.length > 0)
    throw new Failure("LawBroken", broken.join("\n"), `Its plan again: --seed ${options.seed}`);
  note("every law held");
});

function progressOf({ counts, broken }: Findings): string {
  const { writes, retries, kills, pushes, answersPolled, answersPushed, refusals } = counts;
  return [
    `${sum(writes)} writes, ${retries} retries, ${kills} kills, ${pushes} pushes,`,
    `${answersPolled} answers polled, ${answersPushed} pushed, ${sum(refusals)} refused,`,
    `${broken.length} laws broken`,
  ].join(" ");
}
