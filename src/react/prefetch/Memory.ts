/** What was learned, by tenant: in memory, and under the user's name in a storage where the app hands one in. */
import { Transitions } from "../../../lib/prefetch/transitions.js";
import { aheadLimits } from "./limits.js";
import type { Keep } from "./options.js";

type Stored = [tenantId: string, text: string];

export class Memory {
  private readonly tenants = new Map<string, Transitions>();

  constructor(private readonly keep: Keep | undefined) {}

  /** The tenant's own; empty where nothing sound is stored. */
  of(tenantId: string): Transitions {
    let found = this.tenants.get(tenantId);
    if (!found) {
      this.tenants.set(tenantId, (found = new Transitions()));
      const stored = this.load().find(([id]) => id === tenantId);
      if (stored) found.read(stored[1]);
    }
    return found;
  }

  save(tenantId: string): void {
    const { keep } = this;
    const found = this.tenants.get(tenantId);
    if (!keep || !found || found.size === 0) return;
    const others = this.load().filter(([id]) => id !== tenantId);
    const stored = [...others, [tenantId, found.toText()]].slice(-aheadLimits.tenantsMax);
    try {
      keep.storage.setItem(this.slot, JSON.stringify(stored));
    } catch {
      // A full or forbidden storage: what was learned ends with the page.
    }
  }

  /** Of all tenants of the user; what is stored too where `isForGood`. */
  forget(isForGood: boolean): void {
    this.tenants.clear();
    if (!isForGood) return;
    try {
      this.keep?.storage.removeItem(this.slot);
    } catch {
      // A forbidden storage holds nothing.
    }
  }

  private get slot(): string {
    return `rollups:prefetch:1:${this.keep?.user}`;
  }

  private load(): Stored[] {
    try {
      const parsed: unknown = JSON.parse(this.keep?.storage.getItem(this.slot) ?? "[]");
      return Array.isArray(parsed) ? parsed.filter(isStored) : [];
    } catch {
      return [];
    }
  }
}

function isStored(one: unknown): one is Stored {
  return Array.isArray(one) && typeof one[0] === "string" && typeof one[1] === "string";
}
