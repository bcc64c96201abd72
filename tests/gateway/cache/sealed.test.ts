import { expect, test } from "vitest";
import { CacheFault } from "../../../gateway/cache/fault.js";
import { seal, unseal } from "../../../gateway/cache/sealed.js";
import { bytesOf, textOf } from "./support.js";

const sealed = seal("key", bytesOf("an answer"));

test("what was sealed comes back, and nothing as nothing", () => {
  expect(textOf(unseal("key", sealed))).toBe("an answer");
  expect(unseal("key", seal("key", new Uint8Array(0)))).toHaveLength(0);
});

test("one other bit anywhere is found", () => {
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const bytes = Buffer.from(sealed);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => unseal("key", bytes), `bit ${bit}`).toThrow(CacheFault);
  }
});

test("an entry that was cut, or has more at its end, or is none, is found", () => {
  for (let length = 0; length < sealed.length; length++) {
    expect(() => unseal("key", sealed.subarray(0, length)), `${length} bytes`).toThrow(CacheFault);
  }
  expect(() => unseal("key", Buffer.concat([sealed, Buffer.from([0])]))).toThrow(CacheFault);
  expect(() => unseal("key", bytesOf("what another program keeps under this key"))).toThrow(
    CacheFault,
  );
});

test("an entry of another key is found", () => {
  expect(() => unseal("other", sealed)).toThrow(CacheFault);
});
