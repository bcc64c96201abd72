/** Says that the page does not reach the backend, and from when the figures on the screen are. */
import { formatClock } from "../format/times.js";
import { useConnection } from "../session/useConnection.js";

const titles = {
  device: "You are offline.",
  backend: "The backend does not answer.",
} as const;

export function ConnectionBanner({ timezone }: { timezone: string }) {
  const { lost, heardAt } = useConnection();
  return (
    <div role="status" className={lost === null ? undefined : "banner banner-lost"}>
      {lost !== null && (
        <>
          <strong>{titles[lost]}</strong>{" "}
          {heardAt === null
            ? "Figures appear by themselves when the connection is there."
            : `Figures are of ${formatClock(heardAt, timezone)} and update by themselves when the connection is back.`}
        </>
      )}
    </div>
  );
}
