/** Cube's REST API: `load` from the current answer of a question, all else as calls of the app's functions. */
import { answerMethod } from "../../src/cube/answers.js";
import { readRequest } from "../../src/cube/requests.js";
import type { Failure } from "../../src/cube/failures.js";
import type { Caller, Desk } from "../questions/desk.js";

/** Throws coded errors. `now` in epoch ms. */
export async function answerRest(
  desk: Desk,
  method: string,
  caller: Caller,
  params: Readonly<Record<string, unknown>>,
  now: number,
): Promise<Omit<Failure, "body"> & { body: unknown }> {
  if (method === "load" || method === "subscribe") {
    const { queries, ...form } = readRequest(params);
    return { status: 200, body: await desk.body(caller, queries, form) };
  }
  const body = await desk.asking(caller, (backend) => answerMethod(method, backend, params, now));
  return body === null
    ? { status: 404, body: { error: `There is no ${method}` } }
    : { status: 200, body };
}
