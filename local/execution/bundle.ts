/**
 * The code of one component (or of the app) as pushed: ES modules turned into CommonJS once and
 * compiled once to scripts, which every realm of the component then runs. A cold script is compiled
 * for one realm, from a code cache that was made before anything ran, as the platform does it.
 */
import { posix } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";

/** A module as the CLI pushes it. */
export interface ModuleSource {
  path: string;
  source: string;
  sourceMap?: string;
  environment: "isolate" | "node";
}

export class Bundle {
  private readonly scripts = new Map<string, Script>();
  private readonly codeCaches = new Map<string, Buffer>();
  private readonly wrappers = new Map<string, string>();
  private readonly resolved = new Map<string, string>();

  constructor(
    /** Names the component in stack traces. */
    readonly label: string,
    private readonly code: ReadonlyMap<string, string>,
  ) {}

  /** Transforms the modules. Fails with esbuild's message on a syntax error. */
  static async compile(label: string, modules: readonly ModuleSource[]): Promise<Bundle> {
    const { transform } = await import("esbuild");
    const code = new Map<string, string>();
    await Promise.all(
      modules.map(async (module) => {
        const result = await transform(module.source, {
          format: "cjs",
          target: "es2022",
          loader: "js",
          sourcefile: module.path,
          supported: { "dynamic-import": false },
          logLevel: "silent",
        });
        code.set(module.path, result.code);
      }),
    );
    return new Bundle(label, code);
  }

  get paths(): string[] {
    return [...this.code.keys()];
  }

  /** The code of every module. */
  get texts(): Record<string, string> {
    return Object.fromEntries(this.code);
  }

  has(path: string): boolean {
    return this.code.has(path);
  }

  /** The script of a module: evaluates to a CommonJS wrapper function. */
  script(path: string, isCold = false): Script {
    if (isCold) return this.coldScript(path);
    let script = this.scripts.get(path);
    if (script === undefined) this.scripts.set(path, (script = this.compile(path)));
    return script;
  }

  private compile(path: string, cachedData?: Buffer): Script {
    const source = this.wrapped(path);
    const filename = this.label === "" ? path : `${this.label}/${path}`;
    return new Script(source, cachedData === undefined ? { filename } : { filename, cachedData });
  }

  /** One text for all scripts of a module: V8 would flatten each that is put together again. */
  private wrapped(path: string): string {
    let text = this.wrappers.get(path);
    if (text === undefined) {
      const code = this.code.get(path);
      if (code === undefined) throw new Error(`Module ${path} was not pushed`);
      text = Buffer.from(`(function (exports, require, module) {${code}\n})`).toString();
      this.wrappers.set(path, text);
    }
    return text;
  }

  /**
   * V8 hands out functions that it compiled before when it sees the same source again, and forgets no source.
   * Without that cache of its own every script is apart, and goes with its realm.
   */
  private coldScript(path: string): Script {
    let cache = this.codeCaches.get(path);
    if (cache === undefined) {
      setFlagsFromString("--no-compilation-cache");
      cache = this.compile(path).createCachedData();
      this.codeCaches.set(path, cache);
    }
    return this.compile(path, cache);
  }

  /** The pushed module that an import inside another one means. */
  resolve(from: string, specifier: string): string {
    const key = `${from} ${specifier}`;
    let path = this.resolved.get(key);
    if (path === undefined) this.resolved.set(key, (path = this.find(from, specifier)));
    return path;
  }

  private find(from: string, specifier: string): string {
    const path = specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : specifier;
    for (const candidate of [path, `${path}.js`, `${path}/index.js`]) {
      if (this.code.has(candidate)) return candidate;
    }
    throw new Error(
      `Could not import "${specifier}" from ${from}: it is not part of the pushed code.`,
    );
  }
}
