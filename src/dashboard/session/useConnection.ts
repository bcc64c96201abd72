/** The page's connection for everything below: one watch, whoever asks. */
import { createContext, useContext, useMemo, useSyncExternalStore } from "react";
import type { ConvexReactClient } from "convex/react";
import { ConnectionStore, type Connection, type ConnectionSources } from "./connection.js";

const reached: Connection = { lost: null, heardAt: null };

export const ConnectionContext = createContext<Connection>(reached);

export function useConnection(): Connection {
  return useContext(ConnectionContext);
}

/** Watches the browser's network and the client's socket. Use it once, and hand the result down. */
export function useConnectionOf(client: ConvexReactClient): Connection {
  const store = useMemo(() => new ConnectionStore(sourcesOf(client)), [client]);
  return useSyncExternalStore(store.subscribe, store.read);
}

function sourcesOf(client: ConvexReactClient): ConnectionSources {
  return {
    isOnline: () => navigator.onLine,
    subscribeToNetwork: (listener) => {
      window.addEventListener("online", listener);
      window.addEventListener("offline", listener);
      return () => {
        window.removeEventListener("online", listener);
        window.removeEventListener("offline", listener);
      };
    },
    isConnected: () => client.connectionState().isWebSocketConnected,
    subscribeToSocket: (listener) => client.subscribeToConnectionState(listener),
    now: () => Date.now(),
  };
}
