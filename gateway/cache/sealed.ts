/**
 * The form of an entry outside the process: a mark, a checksum over key and value, the value. The key is under the
 * checksum, so an entry that lies under another key is no entry either.
 */
import { createHash } from "node:crypto";
import { CacheFault } from "./fault.js";

/** Changes with the form, so that entries of before are not read. */
const MARK = Buffer.from("CR01");

/** 128 bits of SHA-256. */
const SUM_BYTES = 16;
const HEAD_BYTES = MARK.length + SUM_BYTES;

/** O(length). */
export function seal(key: string, value: Uint8Array): Buffer {
  return Buffer.concat([MARK, checksum(key, value), value]);
}

/** The value, as a view of `bytes`. Throws `CacheFault` "corrupt" where one bit of key or value is another. O(length). */
export function unseal(key: string, bytes: Uint8Array): Uint8Array {
  const isWhole = bytes.length >= HEAD_BYTES && MARK.equals(bytes.subarray(0, MARK.length));
  const value = bytes.subarray(HEAD_BYTES);
  if (isWhole && checksum(key, value).equals(bytes.subarray(MARK.length, HEAD_BYTES))) return value;
  throw new CacheFault("corrupt", "What is kept is not what was put there.");
}

function checksum(key: string, value: Uint8Array): Buffer {
  return createHash("sha256").update(`${key}\0`).update(value).digest().subarray(0, SUM_BYTES);
}
