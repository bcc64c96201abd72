/**
 * Whether the page reaches the backend: what the device says of its network, and what the client says
 * of its socket. A device that is offline is so at once; a closed socket is given a moment, as a client
 * that reconnects within it has missed nothing.
 */

/** `device`: the browser has no network. `backend`: there is one, and the backend does not answer. */
export type Lost = "device" | "backend";

export interface Connection {
  /** Null while the backend is reached, or has not been reached for a moment only. */
  lost: Lost | null;
  /** Until when it was reached, epoch ms; null where nothing is lost, or nothing was ever reached. */
  heardAt: number | null;
}

/** Shorter breaks than this are not worth a word. Two seconds are the longest to leave unsaid. */
export const graceMs = 1_000;

export interface ConnectionSources {
  isOnline: () => boolean;
  /** Calls back at each change of `isOnline`. */
  subscribeToNetwork: (listener: () => void) => () => void;
  isConnected: () => boolean;
  /** Calls back at each change of `isConnected`, and perhaps more often. */
  subscribeToSocket: (listener: () => void) => () => void;
  now: () => number;
}

/** One connection, as an external store. Watches its sources while anything is subscribed. */
export class ConnectionStore {
  #current: Connection = { lost: null, heardAt: null };
  readonly #listeners = new Set<() => void>();
  #stop: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Since when the socket is closed; null while it is open. */
  #closedSince: number | null = null;
  #wasOpen = false;

  constructor(private readonly sources: ConnectionSources) {}

  readonly read = (): Connection => this.#current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#stop ??= this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = null;
    };
  };

  #start(): () => void {
    const look = () => this.#look();
    const stops = [this.sources.subscribeToNetwork(look), this.sources.subscribeToSocket(look)];
    look();
    return () => {
      clearTimeout(this.#timer);
      for (const stop of stops) stop();
    };
  }

  #look(): void {
    const { isOnline, isConnected, now } = this.sources;
    clearTimeout(this.#timer);
    if (isConnected()) {
      this.#closedSince = null;
      this.#wasOpen = true;
    } else {
      this.#closedSince ??= now();
    }
    const closedMs = this.#closedSince === null ? 0 : now() - this.#closedSince;
    if (!isOnline()) return this.#lose("device");
    if (this.#closedSince === null) return this.#set({ lost: null, heardAt: null });
    if (closedMs >= graceMs) return this.#lose("backend");
    // Closed just now, or back from a lost network: what was said stands until more is known.
    this.#timer = setTimeout(() => this.#look(), graceMs - closedMs);
  }

  #lose(lost: Lost): void {
    const { lost: before, heardAt } = this.#current;
    if (before === lost) return;
    const openUntil = this.#wasOpen ? (this.#closedSince ?? this.sources.now()) : null;
    this.#set({ lost, heardAt: before === null ? openUntil : heardAt });
  }

  #set(next: Connection): void {
    if (next.lost === this.#current.lost) return;
    this.#current = next;
    for (const listener of this.#listeners) listener();
  }
}
