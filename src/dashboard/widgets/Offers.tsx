/**
 * The filters that the view's widgets cannot take, found once per state and rollups: by the browser where it holds
 * tiles, else by the backend.
 */
import {
  createContext,
  useContext,
  useEffect,
  useEffectEvent,
  useRef,
  useState,
  type ReactNode,
} from "react";
import { useConvex } from "convex/react";
import {
  useExplain,
  useFlag,
  useGenerations,
  useRollupHealth,
  type AggregateQuery,
} from "../../react/index.js";
import { functions } from "../api.js";
import { isRefusedForGood, refusedFilters, type Refusals } from "../model/offers.js";
import type { ViewState } from "../model/viewQuestions.js";

const none: Refusals = {};

const OffersContext = createContext<Refusals>(none);

/** Dimension → title of a widget that could not be answered if it were filtered by it. */
export const useRefusals = () => useContext(OffersContext);

/** A state that people only pass through is not asked about. */
const settledMs = 300;

export interface OffersProps {
  tenantId: string;
  state: ViewState;
  children: ReactNode;
}

export function Offers({ tenantId, state, children }: OffersProps) {
  const [refusals, setRefusals] = useState(none);
  const generations = useGenerations(state.scope.cube);
  const shared = { tenantId, state, onFound: setRefusals };
  return (
    <OffersContext value={refusals}>
      {generations === null ? (
        <FindByHealth {...shared} />
      ) : (
        <Find {...shared} generations={generations} />
      )}
      {children}
    </OffersContext>
  );
}

interface FindProps extends Omit<OffersProps, "children"> {
  onFound: (refusals: Refusals) => void;
}

/** Where no tiles are held the backend tells how the rollups stand. */
function FindByHealth(props: FindProps) {
  const { health } = useRollupHealth();
  const generations = health?.rollups
    .map(({ rollup, generation, status }) => `${rollup}@${generation} ${status}`)
    .join();
  return <Find {...props} generations={generations} />;
}

/** Shows nothing. `generations` is undefined before they are known. */
function Find(props: FindProps & { generations: string | undefined }) {
  const { tenantId, state, generations } = props;
  const convex = useConvex();
  const explain = useExplain();
  const { mode } = useFlag();
  const known = useRef(new Map<string, Refusals>());

  const { filters, ...period } = state.scope;
  // All that the answer depends on; null where nothing is refused, or rollups are not known yet.
  const key =
    mode === "on" && generations !== undefined
      ? JSON.stringify([
          ...[
            tenantId,
            period,
            state.granularity,
            state.measure,
            state.split,
            Object.keys(filters).sort(),
          ],
          generations,
        ])
      : null;
  const isRefused = async (query: AggregateQuery): Promise<boolean> => {
    const here = explain ? await explain(query) : null;
    if (here !== null) return here.answeredBy === "nowhere" && !here.isBuilding;
    return isRefusedForGood(await convex.query(functions.explain, { tenantId, query }));
  };
  const ask = useEffectEvent(() => refusedFilters(state, isRefused));
  const tell = useEffectEvent(props.onFound);

  useEffect(() => {
    let isOver = false;
    const settle = async () => {
      // Where it cannot be asked every filter is offered: a widget says itself that it is declined.
      const found =
        key === null ? none : (known.current.get(key) ?? (await ask().catch(() => none)));
      if (isOver) return;
      if (key !== null) known.current.set(key, found);
      tell(found);
    };
    const timer = setTimeout(() => void settle(), settledMs);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [key]);

  return null;
}
