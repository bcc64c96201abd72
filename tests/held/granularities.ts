/** The granularities of both cubes. */
const ofCalendar = ["hour", "day", "week", "month", "quarter", "year"];
const ofCubes = { watch: ["fortnight"], inventory: ["shift", "fiscalYear"] };

/** Those that a cube adds. */
export const customGranularities: readonly string[] = Object.values(ofCubes).flat();

/** Not so fine that an answer about so many days has thousands of rows. */
export function granularitiesFor(cube: keyof typeof ofCubes, days: number): string[] {
  const tooFine = days > 60 ? ["hour", "shift", "day"] : days > 7 ? ["hour"] : [];
  return [...ofCalendar, ...ofCubes[cube]].filter((name) => !tooFine.includes(name));
}
