/** Shows while rollups are built from existing records, such as after an import. */
import { useBackfillProgress, useGenerations } from "../../react/index.js";
import { ProgressBar } from "../widgets/ProgressBar.js";

export function BuildBanner({ cube }: { cube: string }) {
  const generations = useGenerations(cube);
  // How far builds are changes with every write: it is asked where there is one, or nothing else tells.
  const isAsked = generations === null || generations?.includes(" building") === true;
  return isAsked && <Builds />;
}

function Builds() {
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
