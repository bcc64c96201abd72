/** What the files of a model say, before it is known what of it has a counterpart. */

/** A cube as its file has it, in either of Cube's forms. */
export interface ModelCubeSource {
  name: string;
  parts: unknown;
}

export interface ReadModel {
  cubes: ModelCubeSource[];
  /** Top-level parts of files that are no cubes, such as `view orders_view`. */
  others: string[];
}
