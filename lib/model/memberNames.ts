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
