/** Decimals for the oracle: whole numbers of the last place, as big as they like. */

/** 1.25 with 4 places is 12500n. The value must be the double nearest to such a decimal. */
export function toUnits(value: number, places: number): bigint {
  const units = BigInt(value.toFixed(places).replace(".", ""));
  if (toNumber(units, places) !== value) throw new Error(`${value} has more than ${places} places`);
  return units;
}

/** The double nearest to a decimal: the platform reads texts exactly, so it does the rounding. */
export function toNumber(units: bigint, places: number): number {
  return Number(`${units}e-${places}`);
}

/** More places than any tie between two doubles of the sizes here has. */
const QUOTIENT_PLACES = 80;

/** The double nearest to `units / count`, by long division. */
export function toAverage(units: bigint, count: number, places: number): number {
  const scaled = units * 10n ** BigInt(QUOTIENT_PLACES);
  const quotient = scaled / BigInt(count);
  return toNumber(quotient, places + QUOTIENT_PLACES);
}

export function total(all: readonly bigint[]): bigint {
  return all.reduce((sum, one) => sum + one, 0n);
}
