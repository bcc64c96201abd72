/**
 * Which changes of the address are one entry of the history: those of one control within a short burst, as when a few
 * values are chosen. Back then undoes the decision, not its last click.
 */

/** From one change to the next of a burst. */
export const burstMs = 1000;

export class Decisions {
  #last: { control: string; atMs: number } | null = null;
  #search: string | null = null;

  /** Whether a change begins an entry of its own. Where the address moved otherwise meanwhile, as by going back, it does. */
  isNew(control: string, search: string, nowMs: number): boolean {
    const last = this.#last;
    const isBurst =
      last?.control === control && nowMs - last.atMs < burstMs && search === this.#search;
    this.#last = { control, atMs: nowMs };
    return !isBurst;
  }

  /** The address that the change has made. */
  leaveAt(search: string): void {
    this.#search = search;
  }
}
