/**
 * The tenants of the signed-in user, before the backend has told them too: those of the last visit, and the one that
 * the address names. So what it shows is asked with the first message; the backend answers or refuses it as ever.
 */
import { useEffect, useMemo } from "react";
import { useTenants, type AggregateError, type Tenant } from "../../react/index.js";
import { functions } from "../api.js";

export interface KnownTenants {
  /** Undefined while nothing is known. */
  tenants: readonly Tenant[] | undefined;
  error: AggregateError | null;
}

/** `named` is the tenant in the address, if any. */
export function useKnownTenants(user: string, named: string | null): KnownTenants {
  const { tenants: told, error } = useTenants(functions.tenants);
  const slot = `rollups:tenants:1:${user}`;
  const remembered = useMemo(() => remember(slot), [slot]);
  useEffect(() => {
    if (told) keep(slot, told);
  }, [slot, told]);
  const guessed = useMemo(() => guess(remembered, named), [remembered, named]);
  return { tenants: told ?? guessed, error };
}

function guess(remembered: readonly Tenant[], named: string | null): readonly Tenant[] | undefined {
  if (named === null || remembered.some(({ tenantId }) => tenantId === named))
    return remembered.length > 0 ? remembered : undefined;
  // Most people are where their records are; else today is another day there at most.
  const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions();
  return [...remembered, { tenantId: named, name: named, timezone, role: "viewer" }];
}

function remember(slot: string): readonly Tenant[] {
  try {
    const known: unknown = JSON.parse(localStorage.getItem(slot) ?? "[]");
    return Array.isArray(known) ? (known as Tenant[]) : [];
  } catch {
    return [];
  }
}

function keep(slot: string, tenants: readonly Tenant[]): void {
  try {
    localStorage.setItem(slot, JSON.stringify(tenants));
  } catch {
    // A full or forbidden storage costs a round trip.
  }
}
