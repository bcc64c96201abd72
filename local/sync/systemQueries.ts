/** The few `_system/…` queries that CLI commands such as `convex env list`, `run` and `data` use. */
import type { Database } from "../database/database.js";
import { FunctionError } from "../errors.js";
import type { Runner } from "../execution/runner.js";
import type { Deployer } from "../push/deployer.js";
import type { Json, JsonObject } from "../values/json.js";

export class SystemQueries {
  constructor(
    private readonly runner: Runner,
    private readonly database: Database,
    private readonly deployer: Deployer,
  ) {}

  /** Runs a system query; only for administrators. */
  run(path: string, args: Json, component: string, isAdmin: boolean): Json {
    if (!isAdmin) throw new FunctionError("System functions need an admin key.");
    const query = args as JsonObject;
    switch (path.replace(/:default$/, "")) {
      case "_system/cli/queryEnvironmentVariables":
        return this.variables();
      case "_system/cli/queryEnvironmentVariables:get":
        return this.variables().find(({ name }) => name === query.name) ?? null;
      case "_system/cli/convexUrl:cloudUrl":
        return this.deployer.env.CONVEX_CLOUD_URL ?? null;
      case "_system/cli/convexUrl:siteUrl":
        return this.deployer.env.CONVEX_SITE_URL ?? null;
      case "_system/cli/modules:apiSpec":
        return this.functions(component);
      case "_system/cli/tables":
        return this.tables(component);
      case "_system/cli/tableData":
        return this.tableData(component, query);
      default:
        throw new FunctionError(`The local backend has no system function ${path}.`);
    }
  }

  private variables(): { name: string; value: string }[] {
    return Object.entries(this.deployer.ownEnvironment).map(([name, value]) => ({ name, value }));
  }

  private functions(component: string): Json {
    const specs = this.runner.mustDeployment().component(component).functions.values();
    return [...specs].map((spec) => ({
      functionType: spec.kind[0]!.toUpperCase() + spec.kind.slice(1),
      identifier: `${spec.module}:${spec.name}`,
    }));
  }

  private tables(component: string): Json {
    const tables = [...this.database.catalog.allTables()].filter(
      (table) => table.component === component && !table.isSystem,
    );
    const page = tables.map(({ name }) => ({ name }));
    return { page, isDone: true, continueCursor: "end" };
  }

  private tableData(component: string, query: JsonObject): Json {
    const table = this.database.catalog.table(component, query.table as string);
    const options = query.paginationOpts as JsonObject;
    const rows: Json[] = [];
    if (table !== undefined) {
      const documents = [...this.database.latest.tree(table.slots[1]!).values()];
      if (query.order === "desc") documents.reverse();
      for (const document of documents.slice(0, options.numItems as number)) {
        rows.push(JSON.parse(document.text) as Json);
      }
    }
    return { page: rows, isDone: true, continueCursor: "end" };
  }
}
