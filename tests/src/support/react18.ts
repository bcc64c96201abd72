/** The same kit on React 18: a bundle in which every import of React, also those of Convex, is of 18. */
import { join } from "node:path";
import { build } from "esbuild";
import type * as kit from "./reactKit.js";

export async function react18Kit(): Promise<typeof kit> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "reactKit.ts")],
    bundle: true,
    write: false,
    format: "esm",
    alias: { react: "react18", "react-dom": "react-dom18" },
    define: { "process.env.NODE_ENV": '"test"' },
  });
  // Named, or every line of a stack would hold the whole bundle.
  const named = `${outputFiles[0]!.text}\n//# sourceURL=react18Kit.js`;
  const code = Buffer.from(named).toString("base64");
  return (await import(/* @vite-ignore */ `data:text/javascript;base64,${code}`)) as typeof kit;
}
