/**
 * A file that is there whole or not at all: it is written under another name beside its place, and takes the place when it
 * is complete and on the disk. A process that is killed leaves `FILE.PID.part`, which nothing reads.
 */
import { createHash } from "node:crypto";
import { open, readFile, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure, messageOf } from "../../failure.js";

/** Bytes that are collected before they are written. */
const CHUNK_BYTES = 256 * 1024;

export class WholeFile {
  private readonly hash = createHash("sha256");
  private parts: Uint8Array[] = [];
  private waiting = 0;
  bytes = 0;

  private constructor(
    readonly path: string,
    private readonly half: string,
    private readonly handle: FileHandle,
  ) {}

  /** Throws `NotWritten` where the folder does not take it. */
  static async open(path: string): Promise<WholeFile> {
    const half = `${path}.${process.pid}.part`;
    const handle = await open(half, "w").catch((error: unknown) => {
      throw new Failure("NotWritten", `${path} cannot be written: ${messageOf(error)}`);
    });
    return new WholeFile(path, half, handle);
  }

  /** The bytes are the file's from now on. */
  async write(bytes: Uint8Array): Promise<void> {
    this.parts.push(bytes);
    this.waiting += bytes.length;
    if (this.waiting >= CHUNK_BYTES) await this.flush();
  }

  /** Puts the file in its place, instead of what is there. Resolves to its SHA-256, hexadecimal. */
  async finish(): Promise<string> {
    await this.flush();
    await this.handle.sync();
    await this.handle.close();
    await rename(this.half, this.path);
    await syncFolder(dirname(this.path));
    return this.hash.digest("hex");
  }

  /** Leaves what is in its place as it is. */
  async drop(): Promise<void> {
    await this.handle.close().catch(() => {});
    await rm(this.half, { force: true });
  }

  private async flush(): Promise<void> {
    for (const part of this.parts) {
      this.hash.update(part);
      this.bytes += part.length;
    }
    const parts = this.parts;
    [this.parts, this.waiting] = [[], 0];
    if (parts.length > 0) await this.handle.writev(parts);
  }
}

/** So that the new name outlives a loss of power. Not every system can. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => null);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

/** SHA-256 of a file, hexadecimal. */
export async function sumOf(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}
