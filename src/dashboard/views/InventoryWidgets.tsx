/** Stock: what moved, what it is worth, and how much is on hand where. */
import { LevelCard } from "../widgets/LevelCard";
import { RankingCard } from "../widgets/RankingCard";

const measures = ["inventory.count", "inventory.quantity", "inventory.value", "inventory.onHand"];

export function InventoryWidgets() {
  return (
    <>
      <LevelCard title="Stock on hand" member="inventory.onHand" dimension="warehouse" />
      <RankingCard title="Warehouses" dimension="warehouse" measures={measures} />
      <RankingCard title="Top products" dimension="product" measures={measures} />
      <RankingCard title="Categories" dimension="category" measures={measures} />
      <RankingCard title="Kinds of movement" dimension="kind" measures={measures.slice(0, 3)} />
    </>
  );
}
