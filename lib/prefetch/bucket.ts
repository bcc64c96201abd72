/** A budget that fills up evenly: never more than all of it, and below nothing where more was spent than there was. */

const HOUR_MS = 3_600_000;

export class Bucket {
  private left: number;

  /** `perHour` bytes. Full at first. */
  constructor(
    readonly perHour: number,
    private at: number,
  ) {
    this.left = perHour;
  }

  /** Bytes that are left at a time, epoch ms. A clock that goes back fills nothing. */
  leftAt(now: number): number {
    const passedMs = Math.max(0, now - this.at);
    this.at = now;
    this.left = Math.min(this.perHour, this.left + (this.perHour * passedMs) / HOUR_MS);
    return this.left;
  }

  spend(bytes: number, now: number): void {
    this.left = this.leftAt(now) - bytes;
  }
}
