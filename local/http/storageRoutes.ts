/** Uploads and downloads of stored files. */
import { RequestError } from "../errors.js";
import type { Runner } from "../execution/runner.js";
import type { Route } from "./exchange.js";

export function storageRoutes(runner: Runner): Record<string, Route> {
  const { files } = runner;
  return {
    "POST /api/storage/upload": async (exchange) => {
      const token = exchange.url.searchParams.get("token") ?? "";
      const component = exchange.url.searchParams.get("component") ?? "";
      if (!files.redeem(token, component)) {
        throw new RequestError(401, "InvalidStorageToken", "The upload URL is not valid any more");
      }
      const document = await files.prepare(await exchange.body(), exchange.header("content-type"));
      const storageId = await runner.transact("storage upload", (transaction) =>
        files.add(transaction, component, document),
      );
      exchange.send(200, { storageId });
    },

    "GET /api/storage/*": async (exchange) => {
      const file = await files.fetch(exchange.url.pathname.slice("/api/storage/".length));
      if (file === null) throw new RequestError(404, "NotFound", "No such file");
      exchange.response.writeHead(200, {
        "Content-Type": file.contentType ?? "application/octet-stream",
        "Content-Length": file.bytes.length,
        "Cache-Control": "private, max-age=2592000",
      });
      exchange.response.end(file.bytes);
    },
  };
}
