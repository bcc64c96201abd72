/** `ctx.storage` in queries, mutations and actions, over the file store. */
import { DeveloperError } from "../database/limits.js";
import type { Transaction } from "../database/transaction.js";
import type { SyscallArgs } from "./databaseSyscalls.js";
import type { Frame } from "./frame.js";
import type { Host } from "./host.js";

/** Runs in the function's transaction, or in one of its own for actions. */
async function inTransaction<T>(
  host: Host,
  frame: Frame,
  body: (transaction: Transaction) => T,
): Promise<T> {
  return frame.transaction === null ? host.transact("storage", body) : body(frame.transaction);
}

/** Stores a blob for an action; resolves to the storage id. */
export async function storeBlob(host: Host, frame: Frame, blob: Blob): Promise<string> {
  const document = await host.files.prepare(Buffer.from(await blob.arrayBuffer()), blob.type);
  return inTransaction(host, frame, (transaction) =>
    host.files.add(transaction, frame.component.path, document),
  );
}

type Operation = (host: Host, frame: Frame, args: SyscallArgs) => Promise<string> | string;

export const storageOperations: Record<string, Operation> = {
  "1.0/storageGetUrl": async (host, frame, args) =>
    JSON.stringify(
      await inTransaction(host, frame, (transaction) =>
        host.files.getUrl(transaction, frame.component.path, args.storageId as string),
      ),
    ),

  "1.0/storageGetMetadata": async (host, frame, args) => {
    const id = args.storageId as string;
    const document = await inTransaction(host, frame, (transaction) =>
      host.files.metadata(transaction, frame.component.path, id),
    );
    if (document === null) return "null";
    const { sha256, size, contentType } = document;
    return JSON.stringify({ storageId: id, sha256, size, contentType: contentType ?? null });
  },

  "1.0/storageDelete": async (host, frame, args) => {
    if (frame.spec.kind === "query") {
      throw new DeveloperError("ReadOnly", "Queries can't delete files.");
    }
    await inTransaction(host, frame, (transaction) =>
      host.files.remove(transaction, frame.component.path, args.storageId as string),
    );
    return "null";
  },

  "1.0/storageGenerateUploadUrl": (host, frame) =>
    JSON.stringify(host.files.uploadUrl(frame.component.path)),

  "1.0/storageStore": async (host, frame, args) => {
    const bytes = Buffer.from(args.blob as string, "base64");
    frame.transaction!.usage.add("filesWritten", 1);
    frame.transaction!.usage.add("fileWriteBytes", bytes.length);
    const document = await host.files.prepare(bytes, args.contentType as string | null);
    return JSON.stringify(host.files.add(frame.transaction!, frame.component.path, document));
  },

  "1.0/storageGet": async (host, frame, args) => {
    const id = args.storageId as string;
    const file = await host.files.read(frame.transaction!, frame.component.path, id);
    if (file === null) return "null";
    frame.transaction!.usage.add("filesRead", 1);
    frame.transaction!.usage.add("fileReadBytes", file.bytes.length);
    return JSON.stringify({ blob: file.bytes.toString("base64"), contentType: file.contentType });
  },
};
