/** What an embed's token says of itself. The page shows it; the backend alone checks and applies it. */
import { catalogue } from "../model/members.js";
import { cubeNames, type CubeName } from "../model/views.js";

export interface LockedFilter {
  dimension: string;
  values: readonly string[];
}

export interface EmbedToken {
  token: string;
  /** The deployment that signed it, and is asked. */
  url: string;
  tenantId: string;
  /** Epoch ms. */
  expiresAt: number;
  /** Of the cubes that may be asked. */
  filters: Partial<Record<CubeName, readonly LockedFilter[]>>;
}

interface Claims {
  iss: string;
  exp: number;
  rollupsEmbed: string;
}

interface Said {
  tenant: string;
  lock: Record<string, { filters: { dimension: string; values: unknown[] }[] }>;
}

/** Null for a text that is no such token. */
export function readToken(token: string): EmbedToken | null {
  try {
    const payload = token.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? "";
    const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
    const { iss, exp, rollupsEmbed } = JSON.parse(new TextDecoder().decode(bytes)) as Claims;
    const { tenant, lock } = JSON.parse(rollupsEmbed) as Said;
    const filters = cubeNames.flatMap((cube) => {
      const own = lock[cube]?.filters;
      const told = own?.map(({ dimension, values }) => ({ dimension, values: values.map(String) }));
      return told === undefined || catalogue[cube] === undefined ? [] : [[cube, told] as const];
    });
    const url = new URL(iss).href.replace(/\/$/, "");
    return {
      token,
      url,
      tenantId: tenant,
      expiresAt: exp * 1000,
      filters: Object.fromEntries(filters),
    };
  } catch {
    return null;
  }
}
