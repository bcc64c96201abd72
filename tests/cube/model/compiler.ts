/**
 * Cube's own schema compiler, which says whether it takes a model and which pre-aggregation it would answer a
 * question from. Its native part is fetched from elsewhere when it is installed, and is needed for templates
 * only: a stand-in that leaves texts as they are takes its place.
 */
import Module, { createRequire } from "node:module";

/** Read by the compiler when it is loaded: its own JavaScript instead of the native part. */
process.env.CUBEJS_TRANSPILATION_NATIVE = "false";
process.env.CUBEJS_TESSERACT_SQL_PLANNER = "false";

class NativeInstance {
  newJinjaEngine() {
    const texts = new Map<string, string>();
    return {
      loadTemplate: (name: string, text: string) => void texts.set(name, text),
      renderTemplate: (name: string) => Promise.resolve(texts.get(name)),
    };
  }

  loadPythonContext() {
    return Promise.resolve({ filters: {}, functions: {}, variables: {} });
  }
}

type Load = (request: string, ...rest: unknown[]) => unknown;
const loader = Module as unknown as { _load: Load };

function loadCompiler(): SchemaCompiler {
  const load = loader._load;
  loader._load = (request, ...rest) =>
    request === "@cubejs-backend/native"
      ? { NativeInstance, isFallbackBuild: () => true }
      : load.call(Module, request, ...rest);
  try {
    return createRequire(import.meta.url)("@cubejs-backend/schema-compiler") as SchemaCompiler;
  } finally {
    loader._load = load;
  }
}

interface Prepared {
  compiler: { compile(): Promise<void> };
  joinGraph: unknown;
  cubeEvaluator: { cubeNames(): string[] };
}

interface SchemaCompiler {
  prepareCompiler(repository: object, options: object): Prepared;
  PostgresQuery: new (
    compilers: object,
    options: object,
  ) => {
    buildSqlAndParams(): [string, unknown[]];
    preAggregations: {
      preAggregationsDescription(): { preAggregationId: string }[];
    };
  };
}

const { prepareCompiler, PostgresQuery } = loadCompiler();

export interface ModelFile {
  fileName: string;
  content: string;
}

export interface Compiled {
  cubes: string[];
  /** The pre-aggregations that Cube would answer from, as `cube.name`; none where it would ask its source. */
  matches(query: object): string[];
  /** The SQL that Cube would ask its source, and its parameters. */
  sql(query: object): [string, unknown[]];
}

/** Throws what Cube says of a model that it does not take. */
export async function compile(
  files: readonly ModelFile[],
  securityContext: object = {},
): Promise<Compiled> {
  const { compiler, joinGraph, cubeEvaluator } = prepareCompiler(
    { localPath: () => ".", dataSchemaFiles: () => Promise.resolve(files) },
    { allowNodeRequire: false, standalone: true },
  );
  await compiler.compile();
  const queryOf = (query: object) =>
    new PostgresQuery(
      { joinGraph, cubeEvaluator, compiler },
      {
        timezone: "UTC",
        preAggregationsSchema: "",
        contextSymbols: { securityContext },
        ...query,
      },
    );
  return {
    cubes: cubeEvaluator.cubeNames(),
    matches: (query) =>
      queryOf(query)
        .preAggregations.preAggregationsDescription()
        .map(({ preAggregationId }) => preAggregationId),
    sql: (query) => queryOf({ ...query, preAggregationQuery: true }).buildSqlAndParams(),
  };
}
