import type { GenerationStatus, Refusal } from "../plan.js";
import type { Match } from "../match.js";
import type { Check } from "./check.js";

/** A generation serves while it is ready. */
export const status: Check<Match> = (_, { candidate: { status, failure } }) => {
  if (failure !== undefined) {
    const { code, message } = failure;
    return { code: code === "SourceExpired" ? code : "Failed", message };
  }
  if (status !== "ready") return statusRefusal(status);
  return null;
};

function statusRefusal(status: Exclude<GenerationStatus, "ready">): Refusal {
  switch (status) {
    case "building":
      return { code: "Building", message: "is still being built" };
    case "retiring":
      return { code: "Retiring", message: "is being swept" };
    case "failed":
      return { code: "Failed", message: "has failed or misses changes" };
    case "overtaken":
      return {
        code: "DefinitionChanged",
        message: "has changes to come that were written when the cube read its fields differently",
      };
    default:
      return status satisfies never;
  }
}
