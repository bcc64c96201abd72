/** Whether a page is one for which nothing is asked ahead. */

interface Client {
  connectionState?: () => { isWebSocketConnected: boolean };
}

interface Surroundings {
  document?: { hidden?: boolean };
  navigator?: { onLine?: boolean; connection?: { saveData?: boolean } };
}

/** A page that is hidden or offline, or whose user saves data. */
export function isAway(client: unknown): boolean {
  const { document, navigator } = globalThis as Surroundings;
  const isConnected =
    (client as Client).connectionState?.().isWebSocketConnected !== false &&
    navigator?.onLine !== false;
  return document?.hidden === true || !isConnected || navigator?.connection?.saveData === true;
}
