/** Progress of something long: a share from 0 to 1, or null while the total is not known. */
export function ProgressBar({ label, value }: { label: string; value: number | null }) {
  const percent = value === null ? undefined : Math.round(value * 100);
  return (
    <div className="progress">
      <span>
        {label}
        {percent === undefined ? "…" : ` ${percent}%`}
      </span>
      <div
        className={percent === undefined ? "progress-track progress-unknown" : "progress-track"}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <div className="progress-fill" style={{ width: `${percent ?? 30}%` }} />
      </div>
    </div>
  );
}
