/** The process whose heap is limited: runs recorded calls, one at a time, and says when each has ended. */
import { RELAXED_LIMITS } from "../database/limits.js";
import { Bundle } from "./bundle.js";
import { type ComponentMessage, type JudgeMessage, Texts } from "./heapMessage.js";
import { replay } from "./replay.js";

const components = new Map<number, { bundle: Bundle; env: ComponentMessage["env"] }>();
const limits = { ...RELAXED_LIMITS, coldContexts: true };

async function run({ components: sent, recording, texts }: JudgeMessage): Promise<void> {
  for (const { id, label, code, env } of sent) {
    components.set(id, { bundle: new Bundle(label, new Map(Object.entries(code))), env });
  }
  const bytes = Buffer.from(texts.buffer, texts.byteOffset, texts.byteLength);
  process.send?.(await replay(recording, new Texts(bytes), (id) => components.get(id)!, limits));
}

process.on("message", (message) => void run(message as JudgeMessage));
process.on("disconnect", () => process.exit(0));
// What user code leaves behind is no concern of this process.
process.on("unhandledRejection", () => undefined);
