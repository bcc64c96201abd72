/**
 * L2: entries in Redis, shared by several gateways. The package `redis` is a peer that only those need who have one; it is
 * loaded here. Entries are sealed, so what anything else wrote there is never served.
 */
import type * as Redis from "redis";
import { CacheFault, kindOf } from "./fault.js";
import type { TimedLayer } from "./knownLayer.js";
import { seal, unseal } from "./sealed.js";

export interface RedisOptions {
  /** `redis://user:password@host:port/database`, or `rediss://` for TLS. */
  url: string;
  /** How long an entry is kept. A newer commit is another key, so older ones only have to go. Default an hour. */
  keepMs?: number;
  /** Larger values are not kept here: while Redis sends one, others wait. Default 1 MiB. */
  valueBytesMax?: number;
  /** How keys begin, where other things share the database. Default `rollups:cache:`. */
  prefix?: string;
  /** How long a `get` or a `set` may take. Default 100: above that the deployment answers about as soon. */
  timeoutMs?: number;
}

export interface RedisLayer extends TimedLayer {
  /** Ends the connection. */
  close(): void;
}

const HOUR_MS = 3_600_000;
const CONNECT_MS = 2000;
/** Between tries to connect: the cache has its own waits, in which it does not ask. */
const RECONNECT_MS_MAX = 2000;
/** Keys that one step of a scan looks at. */
const SCAN_KEYS = 1000;

/** Connects beside its caller: a Redis that is away now may come. Throws where the package is missing. */
export async function redisLayer({
  url,
  keepMs = HOUR_MS,
  valueBytesMax = 1024 * 1024,
  prefix: own = "rollups:cache:",
  timeoutMs = 100,
}: RedisOptions): Promise<RedisLayer> {
  const { createClient, RESP_TYPES } = await loadRedis();
  const client = createClient({
    url,
    RESP: 2,
    // What is asked while there is no connection fails at once, and is computed.
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_MS,
      reconnectStrategy: (tries) => Math.min(RECONNECT_MS_MAX, 50 * 2 ** Math.min(tries, 10)),
    },
  });
  const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  let lost = "no connection";
  client.on("error", (error: Error) => (lost = error.message));
  /** A list under the name of an entry is a fault of the bytes; all else is one of Redis. */
  const fail = (error: unknown): never => {
    const message = error instanceof Error ? error.message : String(error);
    if (message.startsWith("WRONGTYPE")) throw new CacheFault("corrupt", message);
    throw new CacheFault("away", client.isReady ? message : lost);
  };
  void client.connect().catch(() => {});
  return {
    name: "redis",
    timeoutMs,
    get: async (key) => {
      try {
        const kept = await binary.get(own + key).catch(fail);
        return kept === null ? null : unseal(key, kept);
      } catch (error) {
        if (kindOf(error) === "corrupt") await client.unlink(own + key).catch(fail);
        throw error;
      }
    },
    set: async (key, value) => {
      if (value.length > valueBytesMax) return;
      const expiration = { type: "PX", value: keepMs } as const;
      await client.set(own + key, seal(key, value), { expiration }).catch(fail);
    },
    invalidate: async (prefix) => {
      let cursor = "0";
      do {
        const step = { MATCH: `${literally(own + prefix)}*`, COUNT: SCAN_KEYS };
        const told = await client.scan(cursor, step).catch(fail);
        if (told.keys.length > 0) await client.unlink(told.keys).catch(fail);
        cursor = told.cursor;
      } while (cursor !== "0");
    },
    close: () => {
      // Throws where it is closed already.
      if (client.isOpen) client.destroy();
    },
  };
}

async function loadRedis(): Promise<typeof Redis> {
  try {
    return await import("redis");
  } catch (error) {
    throw new Error("The package redis is missing: npm install redis", { cause: error });
  }
}

/** A text as it is, within a pattern. */
function literally(text: string): string {
  return text.replace(/[\\*?[\]]/g, "\\$&");
}
