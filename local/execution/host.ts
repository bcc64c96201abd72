/** The runner as the syscalls of its functions use it: what carries out calls of their own. */
import type { Credentials } from "../auth/identity.js";
import type { Database } from "../database/database.js";
import type { Transaction } from "../database/transaction.js";
import type { FileStore } from "../storage/files.js";
import type { Json, JsonObject } from "../values/json.js";
import type { Deployment, Target } from "./deployment.js";
import type { CallContext, Frame } from "./frame.js";

/** What a caller outside the backend brings along. */
export interface Caller {
  credentials: Credentials;
  ip?: string | null;
  userAgent?: string | null;
}

interface Outcome {
  /** Wire-form JSON text. */
  value: string;
  logLines: string[];
}

/** Signs claims with the deployment's key, as the app ("") or one of its components. */
export type Sign = (claims: JsonObject, component: string, seconds: number) => Promise<string>;

export interface Host {
  readonly sign: Sign;
  readonly database: Database;
  readonly files: FileStore;
  mustDeployment(): Deployment;
  /** Runs one call to its end, in the frame's transaction. */
  invoke(frame: Frame, args: Json): Promise<string>;
  query(target: Target, args: Json, caller: Caller): Promise<Outcome>;
  mutation(target: Target, args: Json, caller: Caller): Promise<Outcome>;
  action(
    target: Target,
    args: Json,
    caller: Caller,
    options: { call: CallContext },
  ): Promise<Outcome>;
  /** A short transaction of the backend itself, retried on conflict. */
  transact<T>(purpose: string, body: (transaction: Transaction) => T): Promise<T>;
}
