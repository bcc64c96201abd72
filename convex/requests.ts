/** How often a member may ask Cube's API over HTTP. Live subscriptions are not counted. */
import { MINUTE, RateLimiter } from "@convex-dev/rate-limiter";
import { v } from "convex/values";
import { components } from "./_generated/api.js";
import { env } from "./_generated/server.js";
import { tenantMutation } from "./functions.js";

/** Ten a second at length. A dashboard that opens asks some thirty questions at once. */
const PER_MINUTE = 600;

const limiter = new RateLimiter(components.rateLimiter, {
  cubeRequests: {
    kind: "token bucket",
    rate: Number(env.CUBE_REQUESTS_PER_MINUTE) || PER_MINUTE,
    period: MINUTE,
    // Requests that come at once must not conflict. A burst may pass the limit; it is counted all the same.
    applyUpdates: "asynchronously",
  },
});

/** Counts one request of the caller. */
export const admit = tenantMutation({
  needs: "ask",
  args: {},
  returns: v.object({ ok: v.boolean(), retryAfter: v.optional(v.number()) }),
  handler: async (ctx) => {
    const { tenantId, tokenIdentifier } = ctx.member;
    const key = `${tenantId} ${tokenIdentifier}`;
    const { ok, retryAfter } = await limiter.limit(ctx, "cubeRequests", { key });
    return retryAfter === undefined ? { ok } : { ok, retryAfter };
  },
});
