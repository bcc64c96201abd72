/** Names of members, as people type them. */

/** What a cube, field, dimension, measure or rollup may be called. */
export const namePattern = /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/;

/** Whether a name is usable: matches the pattern and means nothing to JavaScript objects. */
export function isName(name: string): boolean {
  return namePattern.test(name) && !(name in Object.prototype);
}

/** The candidate that `name` was probably meant to be: fewest edits, at most a third of its length. O(n·m) each. */
export function closest(name: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * The candidates that `name` may have been meant to be, the likeliest first: as `closest` finds them, by their last part
 * alone where `name` has one part, and those that contain it. O(n·m) each.
 */
export function nearest(name: string, candidates: Iterable<string>, most = 3): string[] {
  const parts = name.toLowerCase().split(".");
  const own = parts.at(-1) as string;
  const least = Math.max(2, Math.floor(own.length / 3));
  const found: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    const texts = candidate.toLowerCase().split(".");
    const last = texts.at(-1) as string;
    const isPart = own.length > 2 && (last.includes(own) || own.includes(last));
    const isOther = parts.length > 1 && texts.length > 1 && parts[0] !== texts[0];
    const distance = editDistance(own, last) * 2 + (isOther ? 1 : 0);
    const bounded = isPart ? Math.min(distance, 2 * least + 1) : distance;
    if (bounded <= 2 * least + 1) found.push({ candidate, distance: bounded });
  }
  found.sort((a, b) => a.distance - b.distance);
  return found.slice(0, most).map(({ candidate }) => candidate);
}

/** Levenshtein's distance, two rows at a time; texts are cut to 128 characters. */
function editDistance(a: string, b: string): number {
  const [left, right] = [a.slice(0, 128), b.slice(0, 128)];
  let previous = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const current = [i];
    for (let j = 1; j <= right.length; j++) {
      const substituted = (previous[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1);
      current.push(
        Math.min(substituted, (previous[j] as number) + 1, (current[j - 1] as number) + 1),
      );
    }
    previous = current;
  }
  return previous[right.length] as number;
}
