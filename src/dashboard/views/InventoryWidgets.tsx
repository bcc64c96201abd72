/** Stock: what moved, what it is worth, and how much is on hand where. */
import { LevelCard } from "../widgets/LevelCard";
import { RankingCard } from "../widgets/RankingCard";

const moved = ["inventory.count", "inventory.quantity", "inventory.value"];
const groups = [moved, ["inventory.onHand"]];

export function InventoryWidgets() {
  return (
    <>
      <LevelCard title="Stock on hand" member="inventory.onHand" dimension="warehouse" />
      <div className="stack">
        <RankingCard title="Warehouses" dimension="warehouse" groups={groups} />
        <RankingCard title="Kinds of movement" dimension="kind" groups={[moved]} />
      </div>
      <RankingCard title="Top products" size="half" dimension="product" groups={groups} />
      <RankingCard title="Categories" size="half" dimension="category" groups={groups} />
    </>
  );
}
