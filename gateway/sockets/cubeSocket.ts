/** One WebSocket of Cube's transport: an authorization, then methods by their `messageId`. */
import type { WebSocket } from "ws";
import { RollupsError } from "../../lib/errors.js";
import { answeredFailure, failureOf, type Failure } from "../../src/cube/failures.js";
import { answerMethod } from "../../src/cube/answers.js";
import { readRequest } from "../../src/cube/requests.js";
import type { Counters } from "../counters.js";
import { tooMany, type GatewayLimits } from "../limits.js";
import type { Form } from "../questions/answer.js";
import type { Caller, Desk } from "../questions/desk.js";
import { isWait } from "../questions/question.js";
import type { Watch } from "../questions/watch.js";
import { readMessage, type Message, type MessageId } from "./message.js";
import { Outbox, type Produce } from "./outbox.js";

export interface SocketOptions {
  desk: Desk;
  counters: Counters;
  limits: GatewayLimits;
  now: () => number;
  tokenOf: (authorization: unknown) => string | null;
}

type Asking = Extract<Message, { kind: "method" }>;

interface Reader {
  /** Null while it is being opened. */
  watch: Watch | null;
  isOver: boolean;
}

export class CubeSocket {
  private readonly outbox: Outbox;
  private readonly readers = new Map<MessageId, Reader>();
  private caller: Caller | null = null;

  constructor(
    readonly socket: WebSocket,
    private readonly tenant: Caller["tenant"],
    private readonly options: SocketOptions,
  ) {
    this.outbox = new Outbox(socket, options.now);
    socket.on("message", (data) => this.take(String(data)));
    // What `ws` refuses, such as a frame that is too long, it closes by itself.
    socket.on("error", () => {});
    socket.on("close", () => this.leaveAll());
  }

  /** Called every few seconds. */
  look(): void {
    const { stallMs, heartbeatMs } = this.options.limits;
    if (!this.outbox.isStalled(stallMs, heartbeatMs)) return;
    this.options.counters.add("stalled");
    this.socket.terminate();
  }

  private take(text: string): void {
    let message: Message;
    try {
      message = readMessage(text);
      // One that asks without reading what it is answered.
      if (this.outbox.size > 2 * this.options.limits.readersPerSocketMax) {
        return this.socket.close(1008, "Too many messages wait");
      }
    } catch (error) {
      const { messageId, ...body } = failureOf(error).body;
      return this.outbox.put({}, () => this.message(messageId as MessageId, 400, body));
    }
    switch (message.kind) {
      case "authorization":
        this.leaveAll();
        this.caller = {
          token: this.options.tokenOf(message.authorization),
          tenant: this.tenant,
        };
        // Whether the token is taken, each question says.
        return this.outbox.put("handshake", () => ['{"handshake":true}']);
      case "unsubscribe":
        return this.leave(message.id);
      case "method":
        return this.ask(message);
    }
  }

  private ask(message: Asking): void {
    const { caller, outbox } = this;
    const { id, method } = message;
    if (this.readers.has(id)) {
      // Cube's client says again what it waits for, and listens whether the socket is alive.
      return outbox.put({}, () => [JSON.stringify({ messageProcessedId: id })]);
    }
    if (caller === null) return this.refuse(id, new RollupsError("Forbidden", "Not authorized"));
    const reader: Reader = { watch: null, isOver: false };
    if (this.readers.size >= this.options.limits.readersPerSocketMax) {
      return this.refuse(id, tooMany("subscriptions on this socket"));
    }
    this.readers.set(id, reader);
    const isAsked = method === "load" || method === "subscribe";
    const asking = isAsked
      ? this.follow(message, reader, caller)
      : this.answer(message, reader, caller);
    asking.catch((error: unknown) => {
      if (reader.isOver) return;
      this.leave(id);
      this.refuse(id, error);
    });
  }

  private async answer({ id, method, params }: Asking, reader: Reader, caller: Caller) {
    const { desk, now } = this.options;
    let told: Failure;
    try {
      const body = await desk.asking(caller, (backend) =>
        answerMethod(method, backend, params, now()),
      );
      told =
        body === null
          ? { status: 400, body: { error: `Unsupported method: ${method}` } }
          : { status: 200, body: body as Failure["body"] };
    } catch (error) {
      told = await answeredFailure(error);
    }
    if (reader.isOver) return;
    this.leave(id);
    this.outbox.put(id, () => this.message(id, told.status, told.body));
  }

  private async follow({ id, method, params }: Asking, reader: Reader, caller: Caller) {
    const { queries, ...form } = readRequest(params);
    const newer = () => this.outbox.put(id, () => this.produce(id, reader, form, method));
    const watch = await this.options.desk.open(caller, queries, newer);
    if (reader.isOver) return watch.close();
    reader.watch = watch;
    newer();
  }

  private produce(id: MessageId, reader: Reader, form: Form, method: string) {
    const outcome = reader.watch?.take() ?? null;
    if (outcome === null || reader.watch === null) return null;
    // An answer to `load` is the only one; "Continue wait" is followed by it without being asked again.
    const isLast = reader.watch.isOver || (method === "load" && !isWait(outcome));
    if (isLast) this.leave(id);
    if (outcome.kind === "failure") return this.refusal(id, outcome.error);
    try {
      return this.message(id, 200, outcome.answer.body(form));
    } catch (error) {
      return this.refusal(id, error);
    }
  }

  private refuse(id: MessageId, error: unknown): void {
    this.outbox.put(id, () => this.refusal(id, error));
  }

  private refusal(id: MessageId, error: unknown): ReturnType<Produce> {
    this.options.counters.add("refusals");
    const { status, body } = failureOf(error);
    return this.message(id, status, body);
  }

  /** In Cube's form. */
  private message(
    messageId: MessageId | undefined,
    status: number,
    body: Buffer | object,
  ): ReturnType<Produce> {
    const { counters } = this.options;
    counters.add("sent");
    const said = messageId === undefined ? "" : `"messageId":${JSON.stringify(messageId)},`;
    if (!Buffer.isBuffer(body)) {
      return [`{${said}"message":${JSON.stringify(body)},"status":${status}}`];
    }
    counters.add("sent_bytes", body.length);
    return [`{${said}"message":`, body, `,"status":${status}}`];
  }

  private leave(id: MessageId): void {
    const reader = this.readers.get(id);
    if (reader === undefined) return;
    reader.isOver = true;
    reader.watch?.close();
    this.readers.delete(id);
    this.outbox.drop(id);
  }

  private leaveAll(): void {
    for (const id of [...this.readers.keys()]) this.leave(id);
  }
}
