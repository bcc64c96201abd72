import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ConnectionStore, graceMs } from "../../../src/dashboard/session/connection.js";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

function world({ online = true, connected = true } = {}) {
  const now = { online, connected };
  const listeners = { network: new Set<() => void>(), socket: new Set<() => void>() };
  const subscribeTo = (kind: "network" | "socket") => (listener: () => void) => {
    listeners[kind].add(listener);
    return () => listeners[kind].delete(listener);
  };
  const store = new ConnectionStore({
    isOnline: () => now.online,
    subscribeToNetwork: subscribeTo("network"),
    isConnected: () => now.connected,
    subscribeToSocket: subscribeTo("socket"),
    now: () => Date.now(),
  });
  const set = (change: Partial<typeof now>) => {
    Object.assign(now, change);
    for (const listener of [...listeners.network, ...listeners.socket]) listener();
  };
  return { store, set, listeners };
}

describe("a connection", () => {
  test("of a device without network is lost at once, whatever the socket says", () => {
    const { store, set } = world();
    const heard = vi.fn();
    store.subscribe(heard);
    set({ online: false });
    expect(store.read()).toEqual({ lost: "device", heardAt: Date.now() });
    expect(heard).toHaveBeenCalledTimes(1);
    set({ online: true });
    expect(store.read()).toEqual({ lost: null, heardAt: null });
  });

  test("whose socket is closed is lost within two seconds, and not for a moment only", () => {
    const { store, set } = world();
    store.subscribe(() => {});
    const closedAt = Date.now();
    set({ connected: false });
    vi.advanceTimersByTime(graceMs - 1);
    expect(store.read().lost).toBeNull();
    set({ connected: true });
    vi.advanceTimersByTime(5_000);
    expect(store.read().lost).toBeNull();
    set({ connected: false });
    vi.advanceTimersByTime(graceMs);
    expect(store.read()).toEqual({ lost: "backend", heardAt: closedAt + graceMs - 1 + 5_000 });
    expect(graceMs).toBeLessThan(2_000);
    set({ connected: true });
    expect(store.read()).toEqual({ lost: null, heardAt: null });
  });

  test("that never was is lost, too, and has heard nothing", () => {
    const { store } = world({ connected: false });
    store.subscribe(() => {});
    expect(store.read().lost).toBeNull();
    vi.advanceTimersByTime(graceMs);
    expect(store.read()).toEqual({ lost: "backend", heardAt: null });
  });

  test("stays lost while a network comes back before the socket does", () => {
    const { store, set } = world();
    store.subscribe(() => {});
    set({ online: false });
    const lostAt = Date.now();
    vi.advanceTimersByTime(3_000);
    set({ connected: false });
    vi.advanceTimersByTime(100);
    set({ online: true });
    expect(store.read().lost).toBe("device");
    vi.advanceTimersByTime(graceMs);
    expect(store.read()).toEqual({ lost: "backend", heardAt: lostAt });
    set({ connected: true });
    expect(store.read().lost).toBeNull();
  });

  test("is watched only while something asks", () => {
    const { store, listeners } = world();
    const stop = store.subscribe(() => {});
    expect(listeners.network.size + listeners.socket.size).toBe(2);
    stop();
    expect(listeners.network.size + listeners.socket.size).toBe(0);
  });
});
