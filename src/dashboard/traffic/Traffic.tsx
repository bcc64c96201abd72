/** Live traffic of this page: so many made-up records a second, to see the figures follow and what that costs. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { useConvex } from "convex/react";
import { PauseIcon, PlayIcon, TrafficIcon } from "../chrome/icons.js";
import { usePopover } from "../chrome/usePopover.js";
import { formatCount } from "../format/numbers.js";
import type { CubeName } from "../model/views.js";
import { useConnection } from "../session/useConnection.js";
import { Stream } from "./Stream.js";
import { writerOf } from "./madeUp.js";
import "../theme/traffic.css";

const RATE_MAX = 50;

export interface TrafficProps {
  tenantId: string;
  cube: CubeName;
}

export function Traffic({ tenantId, cube }: TrafficProps) {
  const client = useConvex();
  const stream = useStreamOf(client, tenantId, cube);
  const { isRunning, perSecond, written, waiting, failed } = useSyncExternalStore(
    stream.subscribe,
    stream.get,
  );
  const { lost } = useConnection();
  useEffect(() => {
    if (lost !== null) stream.stop();
  }, [lost, stream]);
  const { isOpen, toggle, ref, panelId } = usePopover();
  const noun = cube === "watch" ? "views" : "movements";
  return (
    <div className="popover traffic" ref={ref}>
      <button
        type="button"
        className={isRunning ? "icon-button traffic-on" : "icon-button"}
        aria-expanded={isOpen}
        aria-controls={panelId}
        aria-label={isRunning ? `Live traffic, ${perSecond} a second` : "Live traffic"}
        title="Live traffic"
        onClick={toggle}
      >
        <TrafficIcon />
      </button>
      {isOpen && (
        <div
          className="popover-panel traffic-panel"
          id={panelId}
          role="dialog"
          aria-label="Live traffic"
        >
          <p className="traffic-lead">
            Writes made-up {noun} from this page, and every open page follows.
          </p>
          <label className="traffic-rate">
            <span>{perSecond} a second</span>
            <input
              type="range"
              min={1}
              max={RATE_MAX}
              value={perSecond}
              aria-label="Records a second"
              onChange={(event) => stream.setRate(Number(event.target.value))}
            />
          </label>
          <button
            type="button"
            className="button"
            disabled={lost !== null}
            onClick={() => (isRunning ? stream.stop() : stream.start())}
          >
            {isRunning ? <PauseIcon /> : <PlayIcon />}
            {isRunning ? "Pause" : "Start"}
          </button>
          <p className="traffic-counts" role="status">
            {formatCount(written)} written
            {waiting > 1 && `, ${waiting} on their way`}
            {failed > 0 && `, ${formatCount(failed)} refused`}
          </p>
        </div>
      )}
    </div>
  );
}

const timers = {
  every: (ms: number, call: () => void) => {
    const timer = setInterval(call, ms);
    return () => clearInterval(timer);
  },
};

/** What is drawn from is asked for with the first write. */
function writesTo(client: ReturnType<typeof useConvex>, tenantId: string, cube: CubeName) {
  let writer: ReturnType<typeof writerOf> | null = null;
  return async () => (await (writer ??= writerOf(client, tenantId, cube)))();
}

/** A stream per tenant and cube; what is shown no more stops. */
function useStreamOf(client: ReturnType<typeof useConvex>, tenantId: string, cube: CubeName) {
  const key = `${tenantId} ${cube}`;
  const [made, setMade] = useState<{ key: string; stream: Stream } | null>(null);
  let current = made;
  if (current?.key !== key) {
    current = { key, stream: new Stream(writesTo(client, tenantId, cube), timers) };
    setMade(current);
  }
  const { stream } = current;
  useEffect(() => () => stream.stop(), [stream]);
  return stream;
}
