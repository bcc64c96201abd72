/** Shows while rollups are built from existing records, such as after an import. */
import { useBackfillProgress } from "../../react/index.js";
import { ProgressBar } from "../widgets/ProgressBar.js";

export function BuildBanner() {
  const { isBuilding, building, progress } = useBackfillProgress();
  if (!isBuilding) return null;
  const count = building.length;
  return (
    <div className="banner" role="status">
      <ProgressBar
        label={`Building ${count} ${count === 1 ? "rollup" : "rollups"}`}
        value={progress}
      />
    </div>
  );
}
