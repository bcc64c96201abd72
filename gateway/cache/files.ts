/**
 * L4: large answers in files, compressed and sealed. They outlive the process and cost the deployment nothing, so they are
 * asked before it is. One folder is of one process: what it holds is counted here.
 */
import {
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { CacheFault } from "./fault.js";
import type { MeasuredLayer, Size, TimedLayer } from "./knownLayer.js";
import { seal, unseal } from "./sealed.js";

export interface FileOptions {
  folder: string;
  /** Of all files. Default 1 GiB. */
  bytesMax?: number;
  /** Smaller values are not kept here: they are as quickly computed, and a file takes a block. Default 64 KiB. */
  valueBytesMin?: number;
  /** What a value may be at most when it is unpacked. Default 256 MiB. */
  valueBytesMax?: number;
  /** How long a `get` or a `set` may take. Default 5 s. */
  timeoutMs?: number;
}

const MiB = 1024 * 1024;
const SUFFIX = ".entry";
const UNDER_WAY = ".writing";
/** A name of a file, in most file systems. */
const NAME_MAX = 255 - SUFFIX.length;
/** Quick rather than small: answers are JSON, of which even this leaves a tenth. */
const LEVEL = 1;

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** Opens a folder, and drops what a process that ended left half written. O(files). */
export async function fileLayer({
  folder,
  bytesMax = 1024 * MiB,
  valueBytesMin = 64 * 1024,
  valueBytesMax = 256 * MiB,
  timeoutMs = 5000,
}: FileOptions): Promise<MeasuredLayer & TimedLayer> {
  await mkdir(folder, { recursive: true });
  const found: { key: string; bytes: number; at: number }[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (name.endsWith(UNDER_WAY)) await unlink(path);
    const key = keyOfName(name);
    if (key === null) continue;
    const { size, mtimeMs } = await stat(path);
    found.push({ key, bytes: size, at: mtimeMs });
  }
  found.sort((a, b) => a.at - b.at);
  const layer = new FileLayer(folder, { bytesMax, valueBytesMin, valueBytesMax, timeoutMs });
  for (const { key, bytes } of found) layer.know(key, bytes);
  await layer.makeRoom();
  return layer;
}

class FileLayer implements MeasuredLayer, TimedLayer {
  readonly name = "files";
  readonly timeoutMs: number;
  /** Bytes by key, in the order in which they were last asked for. */
  private readonly entries = new Map<string, number>();
  private bytes = 0;
  private evictions = 0;
  private written = 0;
  /** Rises with each `invalidate`: what was being written before is not kept. */
  private invalidated = 0;

  constructor(
    private readonly folder: string,
    private readonly limits: Required<Omit<FileOptions, "folder">>,
  ) {
    this.timeoutMs = limits.timeoutMs;
  }

  know(key: string, bytes: number): void {
    this.forget(key);
    this.entries.set(key, bytes);
    this.bytes += bytes;
  }

  async get(key: string): Promise<Uint8Array | null> {
    const bytes = this.entries.get(key);
    if (bytes === undefined) return null;
    this.know(key, bytes);
    const path = this.pathOf(key);
    try {
      const value = await this.read(key, path);
      // The order of use outlives the process, too.
      await utimes(path, new Date(), new Date()).catch(() => {});
      return value;
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (isGone || error instanceof CacheFault) await this.drop(key);
      if (isGone) return null;
      throw error;
    }
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    const { length } = value;
    if (length < this.limits.valueBytesMin || length > this.limits.valueBytesMax) return;
    const { invalidated } = this;
    const bytes = seal(key, await compress(value, { level: LEVEL }));
    if (bytes.length > this.limits.bytesMax) return;
    // A reader sees the whole file or none, and a process that ends in between leaves a name that is not read.
    const path = this.pathOf(key);
    this.written += 1;
    const half = join(this.folder, `${process.pid}-${this.written}${UNDER_WAY}`);
    try {
      await writeFile(half, bytes);
      await rename(half, path);
    } catch (error) {
      await unlink(half).catch(() => {});
      throw error;
    }
    this.know(key, bytes.length);
    if (invalidated === this.invalidated) await this.makeRoom();
    else await this.drop(key);
  }

  async invalidate(prefix: string): Promise<void> {
    this.invalidated += 1;
    for (const key of [...this.entries.keys()]) if (key.startsWith(prefix)) await this.drop(key);
  }

  size(): Size {
    const { bytes, evictions, limits } = this;
    return { entries: this.entries.size, bytes, bytesMax: limits.bytesMax, evictions };
  }

  async makeRoom(): Promise<void> {
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.limits.bytesMax) return;
      this.evictions += 1;
      await this.drop(oldest);
    }
  }

  private async read(key: string, path: string): Promise<Uint8Array> {
    const packed = unseal(key, await readFile(path));
    try {
      return await expand(packed, { maxOutputLength: this.limits.valueBytesMax });
    } catch {
      throw new CacheFault("corrupt", "What is kept cannot be unpacked.");
    }
  }

  private async drop(key: string): Promise<void> {
    this.forget(key);
    await unlink(this.pathOf(key)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }

  private forget(key: string): void {
    this.bytes -= this.entries.get(key) ?? 0;
    this.entries.delete(key);
  }

  private pathOf(key: string): string {
    const name = encodeURIComponent(key);
    if (name.length > NAME_MAX)
      throw new Error(`A key of ${name.length} characters is no file name.`);
    return join(this.folder, `${name}${SUFFIX}`);
  }
}

/** Null for what is no entry of ours. */
function keyOfName(name: string): string | null {
  if (!name.endsWith(SUFFIX)) return null;
  try {
    return decodeURIComponent(name.slice(0, -SUFFIX.length));
  } catch {
    return null;
  }
}
