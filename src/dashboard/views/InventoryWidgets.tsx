/** Stock: what moved, what it is worth, and how much is on hand where. */
import { LevelCard } from "../widgets/LevelCard";
import { RankingCard } from "../widgets/RankingCard";

const moved = ["inventory.count", "inventory.quantity", "inventory.value"];
const groups = [moved, ["inventory.onHand"]];

export function InventoryWidgets() {
  return (
    <>
      <LevelCard title="Stock on hand" member="inventory.onHand" dimension="warehouse" />
      <RankingCard title="Warehouses" dimension="warehouse" groups={groups} />
      <RankingCard title="Top products" dimension="product" groups={groups} />
      <RankingCard title="Categories" dimension="category" groups={groups} />
      <RankingCard title="Kinds of movement" dimension="kind" groups={[moved]} />
    </>
  );
}
