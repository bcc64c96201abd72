/** One thing that `check` found wrong. */
export interface Finding {
  /** File, with its line where there is one. */
  place: string;
  /** Stable, for scripts: `RawBuilder`, `InvalidDefinition`, … */
  code: string;
  message: string;
  /** What to write, where; absent where the message says it. */
  todo?: string;
}

export function describeFinding({ place, code, message, todo }: Finding): string {
  return `${place}  ${code}: ${message}\n${todo === undefined ? "" : `    ${todo}\n`}`;
}
