/** A copy of the working tree that faults can be put into, with the same node_modules. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Fault } from "./faults.js";

export const ROOT = resolve(import.meta.dirname, "../..");
export const COPIED = [
  ...["bench", "cli", "convex", "examples", "gateway", "lib", "local", "src", "tests"],
  ...["package.json", "tsconfig.json", "vitest.config.ts"],
];

/** A fault's file below a root, without the fault and with it. Throws unless its place is found exactly once. */
export function faulty(
  root: string,
  { name, file, find, replace }: Fault,
): { sound: string; changed: string } {
  const sound = readFileSync(join(root, file), "utf8");
  const places = sound.split(find).length - 1;
  if (places !== 1) throw new Error(`${name}: ${places} places in ${file}, must be one.`);
  // A function, so that the replacement's dollars mean nothing.
  return { sound, changed: sound.replace(find, () => replace) };
}

export class Tree {
  readonly path = mkdtempSync(join(tmpdir(), "faulty-"));

  constructor() {
    for (const part of COPIED) {
      cpSync(join(ROOT, part), join(this.path, part), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(this.path, "node_modules"));
  }

  /** Puts a fault in; the result takes it out again. Throws unless its place is found exactly once. */
  put(fault: Fault): () => void {
    const path = join(this.path, fault.file);
    const { sound, changed } = faulty(this.path, fault);
    writeFileSync(path, changed);
    return () => writeFileSync(path, sound);
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
