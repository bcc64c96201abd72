/**
 * The script that every realm runs first: the `Convex` syscall object, the web globals that Convex
 * functions have, a fixed clock and seeded dice for queries and mutations, and the console. It is
 * JavaScript text because it must run inside the realm, where its errors and promises belong.
 */
export const PRELUDE = String.raw`(function (host) {
  "use strict";
  const fail = ([message, data]) => {
    const error = new Error(message);
    if (data !== undefined) error.data = JSON.parse(data);
    return error;
  };
  globalThis.Convex = {
    syscall(op, args) {
      const outcome = host.sync(op, args);
      if (typeof outcome === "string") return outcome;
      throw fail(outcome);
    },
    asyncSyscall(op, args) {
      return new Promise((resolve, reject) => {
        host.begin(op, args, resolve, (failure) => reject(fail(failure)));
      });
    },
    jsSyscall(op, args) {
      return new Promise((resolve, reject) => {
        host.js(op, args).then(resolve, (error) => reject(new Error(error.message)));
      });
    },
  };

  const RealDate = Date;
  const now = () => host.now();
  function Date_(...args) {
    if (!new.target) return new RealDate(now()).toString();
    return Reflect.construct(RealDate, args.length === 0 ? [now()] : args, new.target);
  }
  Object.defineProperty(Date_, "name", { value: "Date" });
  Object.defineProperty(Date_, "length", { value: 7 });
  Date_.prototype = RealDate.prototype;
  Date_.prototype.constructor = Date_;
  Date_.now = now;
  Date_.parse = RealDate.parse;
  Date_.UTC = RealDate.UTC;
  globalThis.Date = Date_;

  let dice = 1;
  Math.random = () => {
    dice = (dice + 0x6d2b79f5) | 0;
    let t = Math.imul(dice ^ (dice >>> 15), 1 | dice);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };

  // Host objects reach user code through the web APIs: instanceof must accept them.
  const widen = (target, test) => {
    const ordinary = Function.prototype[Symbol.hasInstance];
    Object.defineProperty(target, Symbol.hasInstance, {
      configurable: true,
      value(candidate) {
        return ordinary.call(this, candidate) || (this === target && test(candidate));
      },
    });
  };
  widen(ArrayBuffer, host.isArrayBuffer);
  widen(Uint8Array, host.isUint8Array);
  widen(Error, host.isError);

  for (const name of Object.keys(host.web)) {
    Object.defineProperty(globalThis, name, {
      value: host.web[name],
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
  globalThis.self = globalThis;
  const env = Object.assign(Object.create(null), host.env);
  const get = (all, name) => (name in all ? all[name] : host.onUnset(name));
  globalThis.process = { env: host.onUnset === undefined ? env : new Proxy(env, { get }) };
  globalThis.TextEncoder = class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(text = "") { return new Uint8Array(host.encode(String(text))); }
    encodeInto(text, into) { return host.encodeInto(String(text), into); }
  };
  const actionsOnly = (name, implementation) => {
    globalThis[name] = (...args) => {
      if (host.isAction()) return implementation(...args);
      throw new Error(
        "Can't use " + name + "() in queries and mutations. Please consider using an action. See https://docs.convex.dev/functions/actions for more details.",
      );
    };
  };
  actionsOnly("fetch", (...args) => host.fetch(...args));
  actionsOnly("setTimeout", (callback, ms, ...args) => host.setTimeout(() => callback(...args), ms));
  actionsOnly("setInterval", (callback, ms, ...args) => host.setInterval(() => callback(...args), ms));
  globalThis.clearTimeout = (id) => host.clearTimer(id);
  globalThis.clearInterval = (id) => host.clearTimer(id);

  const console = {};
  const levels = { log: "LOG", debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR", trace: "LOG", dir: "LOG", table: "LOG" };
  for (const name of Object.keys(levels)) console[name] = (...args) => host.log(levels[name], args);
  const timers = new Map();
  console.time = (label = "default") => { timers.set(label, now()); };
  console.timeLog = (label = "default") => host.log("INFO", [label + ": " + (now() - (timers.get(label) ?? now())) + "ms"]);
  console.timeEnd = (label = "default") => { console.timeLog(label); timers.delete(label); };
  console.assert = (ok, ...args) => { if (!ok) host.log("ERROR", ["Assertion failed", ...args]); };
  console.count = console.countReset = console.group = console.groupCollapsed = console.groupEnd = console.clear = () => {};
  globalThis.console = console;

  const modules = new Map();
  function load(path) {
    const loaded = modules.get(path);
    if (loaded !== undefined) return loaded.exports;
    const module = { exports: {} };
    modules.set(path, module);
    try {
      host.script(path)(module.exports, (specifier) => load(host.resolve(path, specifier)), module);
    } catch (error) {
      modules.delete(path);
      throw error;
    }
    return module.exports;
  }

  function describe(thrown) {
    if (typeof thrown !== "object" || thrown === null) return { text: "Uncaught " + String(thrown) };
    const frames = String(thrown.stack ?? "")
      .split("\n")
      .filter((line) => line.startsWith("    at ") && !/node:|prelude\.js|file:|[( ]\/|<anonymous>/.test(line))
      .slice(0, 12);
    let text = "Uncaught " + (thrown.name ?? "Error") + ": " + (thrown.message ?? String(thrown));
    // A failure of a nested call brings its own frames along.
    if (frames.length > 0 && !text.includes("\n    at ")) text += "\n" + frames.join("\n");
    const data = Symbol.for("ConvexError") in thrown && typeof thrown.data === "string" ? thrown.data : undefined;
    return { text, data };
  }

  const INVOKE = { query: "invokeQuery", mutation: "invokeMutation" };
  return {
    load,
    describe,
    run(seed, kind, path, name, args, resolve, reject) {
      dice = seed;
      (async () => {
        const fn = load(path)[name];
        return kind === "action" ? fn.invokeAction(host.requestId(), args) : fn[INVOKE[kind]](args);
      })().then(resolve, (thrown) => reject(describe(thrown)));
    },
    http(seed, path, request, resolve, reject) {
      dice = seed;
      (async () => {
        const router = load(path).default;
        const match = router.lookup(new URL(request.url).pathname, request.method);
        if (!match) return null;
        return match[0].invokeHttpAction(request);
      })().then(resolve, (thrown) => reject(describe(thrown)));
    },
  };
})`;
