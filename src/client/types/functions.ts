/** The public functions that ask, as an app exports them: their queries are checked, and their rows typed. */
import type { FunctionReturnType, RegisteredQuery } from "convex/server";
import type { ComponentApi } from "../../../convex/components/rollups/_generated/component.js";
import type { Annotation } from "../../../lib/cubeJson/annotate.js";
import type { KnownCubes, QueryOfCubes } from "./queries.js";
import type { AnyRowOf, RowOf } from "./rows.js";

type Queried<Args, Cubes extends KnownCubes> = Omit<Args, "query"> & {
  query: QueryOfCubes<Cubes>;
};

type Answered<Result, Cubes extends KnownCubes> = Result extends { data: unknown }
  ? Omit<Result, "data" | "annotation"> & { data: AnyRowOf<Cubes>[]; annotation: Annotation }
  : Result;

/** A query function of the component, by the cubes of the app. */
export type Asking<Registered, Cubes extends KnownCubes> =
  Registered extends RegisteredQuery<infer Visibility, infer Args, infer Result>
    ? RegisteredQuery<Visibility, Queried<Args, Cubes>, Promise<Answered<Awaited<Result>, Cubes>>>
    : never;

type Rows = FunctionReturnType<ComponentApi["aggregates"]["rows"]>;

/** What `rows` answers to one query. */
export type AnswerTo<Query, Cubes extends KnownCubes> = Omit<Rows, "data" | "annotation"> & {
  data: RowOf<Query, Cubes>[];
  annotation: Annotation;
};
