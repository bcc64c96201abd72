/**
 * Document ids: Crockford base32 of the table number (a varint), sixteen random bytes and a
 * Fletcher-16 checksum, 31 to 37 characters like Convex's own. The table number inside is what lets
 * `normalizeId`, `v.id(table)` and `db.get(id)` know the table without a lookup.
 */
import { randomFillSync } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const RANDOM_BYTES = 16;
const DIGIT = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) DIGIT[ALPHABET.charCodeAt(i)] = i;

const pool = Buffer.alloc(RANDOM_BYTES * 1024);
let poolAt = pool.length;

const scratch = new Uint8Array(32);

function fletcher16(bytes: Uint8Array, length: number): number {
  let low = 0;
  let high = 0;
  for (let i = 0; i < length; i++) {
    low = (low + bytes[i]!) % 255;
    high = (high + low) % 255;
  }
  return (high << 8) | low;
}

/** A fresh id for a table. */
export function newId(tableNumber: number): string {
  if (poolAt === pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  let length = 0;
  let rest = tableNumber;
  while (rest >= 0x80) {
    scratch[length++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  scratch[length++] = rest;
  for (let i = 0; i < RANDOM_BYTES; i++) scratch[length++] = pool[poolAt++]!;
  const sum = fletcher16(scratch, length);
  scratch[length++] = sum & 0xff;
  scratch[length++] = sum >> 8;
  let id = "";
  let bits = 0;
  let held = 0;
  for (let i = 0; i < length; i++) {
    held = ((held << 8) | scratch[i]!) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      id += ALPHABET[(held >> bits) & 31];
    }
  }
  if (bits > 0) id += ALPHABET[(held << (5 - bits)) & 31];
  return id;
}

/** The table number inside an id, or null when the text is not an id (wrong length, alphabet or checksum). */
export function tableNumberOf(id: string): number | null {
  if (id.length < 31 || id.length > 37) return null;
  let length = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    const digit = code < 128 ? DIGIT[code]! : -1;
    if (digit < 0) return null;
    held = ((held << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      scratch[length++] = (held >> bits) & 0xff;
    }
  }
  let number = 0;
  let at = 0;
  for (let shift = 0; at < 5; shift += 7) {
    const byte = scratch[at++]!;
    number |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if (length !== at + RANDOM_BYTES + 2) return null;
  const sum = fletcher16(scratch, length - 2);
  if (scratch[length - 2] !== (sum & 0xff) || scratch[length - 1] !== sum >> 8) return null;
  return number >>> 0;
}
