/**
 * When stores look at what came. All of a client's look together, so that a screen is painted once. What somebody
 * waits for is looked at when all of its transition is there; what moves by itself only so often a second, and not
 * at all while nobody sees it.
 */

/** What the page tells. */
export interface Page {
  /** Epoch ms. */
  now(): number;
  isHidden(): boolean;
  /** Calls back once the page is visible again. */
  onceVisible(listener: () => void): void;
}

export class Pacer {
  /** Looks a second, for what moves by itself. */
  pace = 4;
  private readonly waiting = new Set<() => void>();
  private lookedAt = -Infinity;
  private isQueued = false;
  private isHeldUp = false;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly page: Page) {}

  /** Has `look` called once: in a microtask, after all that the client tells of one transition, or later. */
  ask(look: () => void, isUrgent: boolean): void {
    this.waiting.add(look);
    if (isUrgent) return this.queue();
    if (this.page.isHidden()) return this.waitUntilVisible();
    const waitMs = this.lookedAt + 1000 / this.pace - this.page.now();
    if (waitMs <= 0) this.queue();
    else this.timer ??= setTimeout(() => this.run(), waitMs);
  }

  get isHidden(): boolean {
    return this.page.isHidden();
  }

  /** What is not to be called any more. */
  forget(look: () => void): void {
    this.waiting.delete(look);
  }

  private queue(): void {
    if (this.isQueued) return;
    this.isQueued = true;
    queueMicrotask(() => this.run());
  }

  private waitUntilVisible(): void {
    if (this.isHeldUp) return;
    this.isHeldUp = true;
    this.page.onceVisible(() => {
      this.isHeldUp = false;
      this.queue();
    });
  }

  private run(): void {
    this.isQueued = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.lookedAt = this.page.now();
    const looks = [...this.waiting];
    this.waiting.clear();
    for (const look of looks) look();
  }
}

/** Of the browser; a runtime without a document is always visible. */
export const browserPage: Page = {
  now: () => Date.now(),
  isHidden: () => typeof document !== "undefined" && document.hidden,
  onceVisible: (listener) => {
    const told = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", told);
      listener();
    };
    document.addEventListener("visibilitychange", told);
  },
};
