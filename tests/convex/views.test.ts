// @vitest-environment edge-runtime
/** Views by name: of one tenant, replaced by name, bounded. Who may do what is tested with all functions. */
import { describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { NAME_MAX, SEARCH_MAX, VIEWS_MAX } from "../../convex/views.js";
import { startBackend, tenantOf } from "./harness.js";

type Member = Awaited<ReturnType<typeof tenantOf>>;

const save = (member: Member, name: string, search: string, tenantId = "acme") =>
  member.mutation(api.views.save, { tenantId, name, search });
const list = (member: Member, tenantId = "acme") => member.query(api.views.list, { tenantId });

describe("views", () => {
  test("are of one tenant, by name, without the tenant", async () => {
    const t = startBackend();
    const ann = await tenantOf(t, "acme");
    const bob = await tenantOf(t, "globex", { subject: "bob" });
    await save(ann, " Weekly ", "?tenant=acme&view=watch&period=7d");
    await save(ann, "All", "?view=inventory&period=all&tenant=acme");
    await save(bob, "Weekly", "?view=watch&period=90d", "globex");
    expect(await list(ann)).toEqual([
      { name: "All", search: "?view=inventory&period=all" },
      { name: "Weekly", search: "?view=watch&period=7d" },
    ]);
    await bob.mutation(api.views.remove, { tenantId: "globex", name: "All" });
    await bob.mutation(api.views.remove, { tenantId: "globex", name: "Weekly" });
    expect(await list(bob, "globex")).toEqual([]);
    expect(await list(ann)).toHaveLength(2);
  });

  test("are replaced by name", async () => {
    const ann = await tenantOf(startBackend(), "acme");
    await save(ann, "Weekly", "?view=watch&period=7d");
    await save(ann, "Weekly", "?view=watch&period=30d");
    expect(await list(ann)).toEqual([{ name: "Weekly", search: "?view=watch&period=30d" }]);
  });

  test("that are no views are refused by field, and so is one more than there may be", async () => {
    const ann = await tenantOf(startBackend(), "acme");
    const refused = (field: string) => ({ data: { code: "InvalidRow", field } });
    for (const name of ["", "  ", "x".repeat(NAME_MAX + 1)])
      await expect(save(ann, name, "?view=watch")).rejects.toMatchObject(refused("name"));
    for (const search of ["", "view=watch", `?${"x".repeat(SEARCH_MAX)}`])
      await expect(save(ann, "a", search)).rejects.toMatchObject(refused("search"));
    for (let i = 0; i < VIEWS_MAX; i++) await save(ann, `view ${i}`, "?view=watch");
    await expect(save(ann, "one more", "?view=watch")).rejects.toMatchObject(refused("name"));
    await save(ann, "view 7", "?view=inventory");
    expect(await list(ann)).toHaveLength(VIEWS_MAX);
  });
});
