/**
 * A transport for Cube's stock client over a Convex client: `cube(token, { transport })`. `subscribe` is told of every
 * change, once and without polling; all else is asked once. The connection knows who asks, so there is no token here.
 */
import type { DefaultFunctionArgs, FunctionReference } from "convex/server";
import {
  blendedResponse,
  loadResponse,
  type Loaded,
  type LoadResponse,
} from "../../lib/cubeJson/response.js";
import type { PatternReports } from "../patterns/index.js";
import { answerMethod, answersOf } from "./answers.js";
import {
  backendOf,
  resolvedQueries,
  sawBoard,
  watched,
  type Backend,
  type Board,
  type CubeApi,
  type Saw,
} from "./backend.js";
import { answeredFailure, codeOf, failureOf, type Failure } from "./failures.js";
import { readRequest } from "./requests.js";

type AnyQuery = FunctionReference<"query", "public", DefaultFunctionArgs>;

interface Watch {
  onUpdate(changed: () => void): () => void;
  /** Throws what the query failed with; undefined while there is no answer. */
  localQueryResult(): unknown;
}

/** `ConvexReactClient`, … */
interface WatchingClient {
  query(query: AnyQuery, args: DefaultFunctionArgs): Promise<unknown>;
  watchQuery(query: AnyQuery, args: DefaultFunctionArgs): Watch;
}

/** … or `ConvexClient`. */
interface UpdatingClient {
  query(query: AnyQuery, args: DefaultFunctionArgs): Promise<unknown>;
  onUpdate(
    query: AnyQuery,
    args: DefaultFunctionArgs,
    changed: (answer: unknown) => void,
    failed: (error: Error) => void,
  ): () => void;
}

/** Answers of subscriptions are those of `rows`, which change with the data only. */
export interface CubeTransportApi extends CubeApi {
  rows: FunctionReference<"query", "public", DefaultFunctionArgs, Loaded>;
}

export interface CubeTransportOptions {
  client: unknown;
  /** Where the app exports `load`, `rows`, `explain` and `meta`, such as `api.aggregates`. */
  api: CubeTransportApi;
  /** The tenant by its argument's name, such as `{ orgId }`; `{}` in an app without tenants. */
  tenant: Readonly<Record<string, string>>;
  /** With it, what is asked is reported. */
  patterns?: PatternReports;
}

interface CubeResponse {
  status: number;
  text(): Promise<string>;
}

/** What Cube's client does with a response; `next` waits for the following one. */
type Handle = (response: CubeResponse, next: () => Promise<unknown>) => unknown;

interface Requested {
  subscribe(handle: Handle): Promise<unknown>;
  unsubscribe(): Promise<void>;
}

export class CubeTransport {
  /** Cube's client sets it; nothing reads it. */
  authorization: unknown = undefined;
  private readonly client: WatchingClient | UpdatingClient;
  private readonly backend: Backend;

  /** Throws a `TypeError` for a client that cannot subscribe. */
  constructor(private readonly options: CubeTransportOptions) {
    const client = options.client as Partial<WatchingClient & UpdatingClient>;
    if (!("watchQuery" in client) && !("onUpdate" in client)) {
      throw new TypeError("The client is a ConvexReactClient or a ConvexClient.");
    }
    this.client = client as WatchingClient | UpdatingClient;
    const backend = backendOf(options.api, options.tenant, async (query, args) => {
      return (await this.client.query(query, args)) as never;
    });
    this.backend = options.patterns ? watched(backend, this.saw) : backend;
  }

  private readonly saw: Saw = (query, route) =>
    this.options.patterns?.saw(JSON.stringify({ ...this.options.tenant, query }), route);

  request(method: string, params: Record<string, unknown>): Requested {
    return method === "subscribe" ? this.subscribed(params) : this.asked(method, params);
  }

  private asked(method: string, params: Record<string, unknown>): Requested {
    const subscribe = async (handle: Handle): Promise<unknown> => {
      const answered = await this.answer(method, params);
      return await handle(responseOf(answered), () => subscribe(handle));
    };
    return { subscribe, unsubscribe: () => Promise.resolve() };
  }

  private async answer(method: string, params: Record<string, unknown>): Promise<Failure> {
    try {
      const body = await answerMethod(method, this.backend, params, Date.now());
      if (body !== null) return { status: 200, body: body as Failure["body"] };
      return { status: 404, body: { error: `There is no ${method}` } };
    } catch (error) {
      return await answeredFailure(error);
    }
  }

  private subscribed(params: Record<string, unknown>): Requested {
    const latest = new Latest();
    let stop: (() => void) | null = null;
    let isOver = false;
    const begin = async () => {
      const { queries, format } = readRequest(params);
      const [query, ...others] = await resolvedQueries(this.backend, queries, Date.now());
      if (isOver) return;
      let isSeen = false;
      const once = (see: () => void) => {
        if (!isSeen) see();
        isSeen = true;
      };
      const failed = (error: unknown) => {
        if (others.length === 0) once(() => this.saw(query, codeOf(error) ?? ""));
        latest.put(responseOf(failureOf(error)));
      };
      const told = (response: () => LoadResponse) => {
        try {
          latest.put(responseOf({ status: 200, body: { ...response() } }));
        } catch (error) {
          failed(error);
        }
      };
      const { api } = this.options;
      if (others.length === 0) {
        const answered = (answer: unknown) => {
          const loaded = answer as Loaded;
          once(() => this.saw(query, loaded.servedBy));
          told(() => loadResponse(loaded, format));
        };
        stop = this.watch(api.rows, { query }, answered, failed);
        return;
      }
      const questions = [query, ...others].map((one) => ({ query: one }));
      const answered = (answer: unknown) => {
        const board = answer as Board;
        once(() => sawBoard(questions, board, this.saw));
        told(() => blendedResponse(answersOf(board), format));
      };
      stop = this.watch(api.board, { questions }, answered, failed);
    };
    let begun: Promise<void> | null = null;
    const subscribe = async (handle: Handle): Promise<unknown> => {
      begun ??= begin().catch((error: unknown) => latest.put(responseOf(failureOf(error))));
      await begun;
      const response = await latest.take();
      return response === null ? null : await handle(response, () => subscribe(handle));
    };
    return {
      subscribe,
      unsubscribe: () => {
        isOver = true;
        stop?.();
        latest.end();
        return Promise.resolve();
      },
    };
  }

  private watch(
    query: AnyQuery,
    asked: DefaultFunctionArgs,
    told: (answer: unknown) => void,
    failed: (error: unknown) => void,
  ): () => void {
    const { client } = this;
    const args = { ...this.options.tenant, ...asked };
    if (!("watchQuery" in client)) return client.onUpdate(query, args, told, failed);
    const watch = client.watchQuery(query, args);
    const look = () => {
      try {
        const answer = watch.localQueryResult();
        if (answer !== undefined) told(answer);
      } catch (error) {
        failed(error);
      }
    };
    const stop = watch.onUpdate(look);
    look();
    return stop;
  }
}

/** The newest response that was not taken: one that is slow to handle skips those between. */
class Latest {
  private response: CubeResponse | null = null;
  private wake: (() => void) | null = null;
  private isOver = false;

  put(response: CubeResponse): void {
    this.response = response;
    this.wake?.();
  }

  end(): void {
    this.isOver = true;
    this.wake?.();
  }

  /** Waits for one; null once it is over. */
  async take(): Promise<CubeResponse | null> {
    while (this.response === null && !this.isOver) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const { response } = this;
    this.response = null;
    return this.isOver ? null : response;
  }
}

function responseOf({ status, body }: Failure): CubeResponse {
  return { status, text: () => Promise.resolve(JSON.stringify(body)) };
}
