/** Tools, as they are listed and as they answer. */
import type { FunctionReference, DefaultFunctionArgs } from "convex/server";
import type { Backend, CubeApi } from "../cube/backend.js";

type Parts = Readonly<Record<string, unknown>>;

/** The app's functions that tools call, such as `api.aggregates`. */
export interface McpApi extends Pick<CubeApi, "load" | "explain" | "meta"> {
  freshness: FunctionReference<"query", "public", DefaultFunctionArgs, Freshness>;
}

/** How far a tenant is folded. Commits are decimal texts of nanoseconds. */
export interface Freshness {
  watermark: string;
  foldedTo: string;
  lagMs: number;
  unfoldedSince: string | null;
  backlog: boolean;
}

/** Those functions, called for one tenant as one caller. */
export interface Asked extends Pick<Backend, "explain" | "meta"> {
  load(query: unknown, options?: LoadOptions): ReturnType<Backend["load"]>;
  freshness(): Promise<Freshness>;
}

export interface LoadOptions {
  freshness?: "live" | "folded";
  /** A commit timestamp, decimal. */
  atLeast?: string;
}

export interface Tool {
  /** As `tools/list` tells it. */
  told: {
    name: string;
    title: string;
    description: string;
    inputSchema: Parts;
    outputSchema: Parts;
    annotations: Parts;
  };
  /** Throws coded errors. `now`: epoch ms. */
  answer(asked: Asked, args: Parts, now: number): Promise<Answer>;
}

/** What a tool answers: a text for people and models, and the same as data. */
export interface Answer {
  text: string;
  data: Parts;
}

/** As `tools/call` answers. */
export interface Result {
  content: { type: "text"; text: string }[];
  structuredContent: Parts;
  isError?: true;
}
