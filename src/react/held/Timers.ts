/** Timers by name, of which each runs once at a time. */
export class Timers {
  private readonly running = new Map<string, ReturnType<typeof setTimeout>>();

  /** Nothing where one of that name is running. */
  once(name: string, afterMs: number, work: () => void): void {
    if (this.running.has(name)) return;
    const run = () => {
      this.running.delete(name);
      work();
    };
    this.running.set(name, setTimeout(run, afterMs));
  }

  clear(): void {
    for (const timer of this.running.values()) clearTimeout(timer);
    this.running.clear();
  }
}
