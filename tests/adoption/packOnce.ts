/** Builds, packs and installs the package once for all suites of adoption, and removes it when they have run. */
import type { TestProject } from "vitest/node";
import { Installation, type Packed } from "./layOut.js";

declare module "vitest" {
  interface ProvidedContext {
    packed: Packed;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const installation = await Installation.make();
  project.provide("packed", installation.packed);
  return () => installation.remove();
}
