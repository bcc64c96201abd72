/** Readers of streams, as tests need them: they see what comes, and can stop taking it. */
import { request, type IncomingMessage } from "node:http";
import { tenantId, until } from "./stage.js";

export interface Event {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

export class StreamReader {
  text = "";
  isEnded = false;

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding("utf8");
    response.on("data", (part: string) => (this.text += part));
    response.on("close", () => (this.isEnded = true));
    response.on("error", () => {});
  }

  static async open(
    url: string,
    token: string,
    headers: Record<string, string> = {},
  ): Promise<StreamReader> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(url, {
        headers: { authorization: `Bearer ${token}`, "x-rollups-tenant": tenantId, ...headers },
      });
      sent.once("response", resolve).once("error", reject).end();
    });
    return new StreamReader(response);
  }

  get status(): number {
    return this.response.statusCode!;
  }

  get lines(): Record<string, unknown>[] {
    return this.text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  get events(): Event[] {
    return this.text
      .split("\n\n")
      .slice(0, -1)
      .filter((block) => !block.startsWith(":"))
      .map((block) => {
        const fields = Object.fromEntries(
          block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)),
        ) as Record<string, string>;
        const data = JSON.parse(fields["data"]!) as Record<string, unknown>;
        return { id: fields["id"] ?? "", event: fields["event"] ?? "message", data };
      });
  }

  async ended(): Promise<void> {
    await until(() => this.isEnded);
  }

  close(): void {
    this.response.destroy();
  }
}

export function urlOf(
  { url }: { url: string },
  path: string,
  query: unknown,
  params: Record<string, string> = {},
): string {
  return `${url}${path}?${new URLSearchParams({ query: JSON.stringify(query), ...params })}`;
}
