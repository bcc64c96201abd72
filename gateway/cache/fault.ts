/** How a layer fails. */

/**
 * `away`: no connection, or the disk refuses; `slow`: not within its time; `corrupt`: what is kept is not what was put
 * there. Only the first two are an outage: the layer is left alone for a while.
 */
export type FaultKind = "away" | "slow" | "corrupt";

export class CacheFault extends Error {
  override readonly name = "CacheFault";

  constructor(
    readonly kind: FaultKind,
    message: string,
  ) {
    super(message);
  }
}

export function kindOf(error: unknown): FaultKind {
  return error instanceof CacheFault ? error.kind : "away";
}
