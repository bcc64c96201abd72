/** What the dashboard fetches of code before anything is painted: the entry, and what it imports at once. */
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { projectRoot } from "../../cli/demo/backendProcess.js";

export interface FirstScreen {
  /** Of each file compressed by itself, as servers do. */
  gzipBytes: number;
  /** Paths of the modules in it, from the project's root. */
  modules: string[];
}

/** Builds the dashboard as it is shipped, and keeps nothing. */
export async function firstScreen(): Promise<FirstScreen> {
  const { NODE_ENV } = process.env;
  // A runner of tests sets another one, and the bundler keeps code for it.
  process.env["NODE_ENV"] = "production";
  const built = await build({
    root: projectRoot,
    logLevel: "error",
    build: { write: false },
  }).finally(() => {
    if (NODE_ENV === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = NODE_ENV;
  });
  const { output } = built as Rolldown.RolldownOutput;
  const chunks = output.flatMap((file) => (file.type === "chunk" ? [file] : []));
  const first = new Set<Rolldown.OutputChunk>();
  const visit = (chunk: Rolldown.OutputChunk | undefined) => {
    if (chunk === undefined || first.has(chunk)) return;
    first.add(chunk);
    for (const name of chunk.imports) visit(chunks.find(({ fileName }) => fileName === name));
  };
  visit(chunks.find(({ isEntry }) => isEntry));
  return {
    gzipBytes: [...first].reduce((sum, { code }) => sum + gzipSync(code).length, 0),
    modules: [...first].flatMap(({ moduleIds }) =>
      moduleIds.map((id) => id.replace(`${projectRoot}/`, "")),
    ),
  };
}
