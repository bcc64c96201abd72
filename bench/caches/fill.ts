/** A process of its own: asks so many distinct questions, each once, and says what that took. */
import { keyOf } from "../../gateway/cache/key.js";
import { layered } from "../../gateway/cache/layered.js";
import { memoryLayer } from "../../gateway/cache/memory.js";
import type { Filled } from "./memory.js";

const [questions = 0, answerBytes = 0, bytesMax = 0] = process.argv.slice(2).map(Number);
/** Buffers are freed after the round in which their arrays were found to be garbage. */
const collect = async () => {
  for (let round = 0; round < 5; round++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise(setImmediate);
  }
};
const usedBytes = () => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const memory = memoryLayer({ bytesMax });
const cache = layered([memory]);
await collect();
const before = usedBytes();
const startedAt = performance.now();
let peakBytes = 0;
for (let i = 0; i < questions; i++) {
  const question = { measures: ["orders.count"], limit: i };
  const key = keyOf({ deployment: "d", scope: "s", question, watermark: "1772323200000000000" });
  await cache.get(key, () => Promise.resolve(new Uint8Array(answerBytes)));
  if (i % 50_000 === 0) peakBytes = Math.max(peakBytes, usedBytes() - before);
}
const seconds = (performance.now() - startedAt) / 1000;
await collect();
const filled: Filled = { ...memory.size(), peakBytes, endBytes: usedBytes() - before, seconds };
process.stdout.write(JSON.stringify(filled));
