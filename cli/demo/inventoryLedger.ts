/**
 * Two years of stock movements. Goods are received before they are shipped, so no product ever has
 * less than nothing in a warehouse; transfers come in pairs that leave the total as it was.
 */
import { spreadOverHours, HOUR_MS, type LoadShape } from "./calendarLoad.js";
import { productFamilies, productName } from "./names.js";
import { randomFrom, zipf, type Random } from "./random.js";
import type { InventoryRow, Ledger, MovementKind } from "./record.js";
import type { DemoTenant } from "./tenants.js";

const load: Omit<LoadShape, "timezone"> = {
  growth: 1.7,
  months: [0.88, 0.92, 1, 1.02, 1.02, 0.98, 0.9, 0.86, 1.02, 1.1, 1.2, 1.1],
  weekdays: [1.25, 1.2, 1.15, 1.15, 1.1, 0.4, 0.12],
  hours: [
    ...[0.02, 0.02, 0.02, 0.02, 0.05, 0.25, 0.7, 1.2, 1.5, 1.6, 1.55, 1.4],
    ...[1, 1.3, 1.5, 1.45, 1.3, 0.95, 0.5, 0.3, 0.15, 0.08, 0.04, 0.02],
  ],
};

type Product = {
  product: string;
  category: string;
  /** Follows the market, rounded to the 4 decimals that a unit cost may have. */
  unitCost: number;
  /** Units of a typical shipment. */
  lot: number;
  /** On hand, by warehouse. */
  stock: number[];
};

/** The tenant's movements up to `end` (epoch ms). The same arguments give the same rows. */
export function inventoryLedger(
  tenant: DemoTenant,
  records: number,
  end: number,
  seed: string,
): Ledger<InventoryRow> {
  const random = randomFrom(`${seed}/${tenant.tenantId}/inventory`);
  const products = catalogue(tenant, random);
  const drawProduct = zipf(products.length, 0.8);
  const drawWarehouse = zipf(tenant.warehouses.length, 0.7);
  const hours = spreadOverHours(records, end, { ...load, timezone: tenant.timezone }, random);

  const rows: InventoryRow[] = [];
  /** Where each group starts in `rows`. */
  const starts: number[] = [];

  /** Records that a transfer took before their hour had come. */
  let ahead = 0;
  for (const [index, { start, count }] of hours.entries()) {
    if (index % (24 * 7) === 0) for (const product of products) drift(product, random);
    const span = Math.min(HOUR_MS, end - start);
    const times = Array.from({ length: count }, () => start + random.below(span));
    times.sort((a, b) => a - b);
    for (const time of times) {
      if (ahead > 0) ahead -= 1;
      else ahead += move(time, records - rows.length) - 1;
    }
  }

  /** Adds one movement, or a transfer of two records; returns how many records it took. */
  function move(occurredAt: number, recordsLeft: number): number {
    const product = products[drawProduct(random)]!;
    const warehouse = drawWarehouse(random);
    const onHand = product.stock[warehouse]!;
    const units = Math.max(1, Math.round(product.lot * Math.exp(0.5 * random.normal())));
    const dice = random.next();
    starts.push(rows.length);
    if (onHand < product.lot * 3) {
      add("receipt", product, warehouse, units * (6 + random.below(10)), occurredAt);
    } else if (dice < 0.09 && recordsLeft > 1) {
      const count = tenant.warehouses.length;
      const other = (warehouse + 1 + random.below(count - 1)) % count;
      const moved = Math.min(units * 2, onHand);
      add("transfer", product, warehouse, -moved, occurredAt);
      add("transfer", product, other, moved, occurredAt);
      return 2;
    } else if (dice < 0.14) {
      add("return", product, warehouse, Math.max(1, Math.round(units / 4)), occurredAt);
    } else if (dice < 0.17) {
      const found = Math.max(1, Math.round(units / 8));
      const change = random.chance(0.7) ? -Math.min(found, onHand) : found;
      add("adjustment", product, warehouse, change, occurredAt);
    } else if (dice < 0.21) {
      add("receipt", product, warehouse, units * (3 + random.below(6)), occurredAt);
    } else {
      add("shipment", product, warehouse, -Math.min(units, onHand), occurredAt);
    }
    return 1;
  }

  function add(
    kind: MovementKind,
    item: Product,
    warehouse: number,
    quantity: number,
    occurredAt: number,
  ): void {
    item.stock[warehouse] = item.stock[warehouse]! + quantity;
    const { product, category, unitCost } = item;
    const name = tenant.warehouses[warehouse]!;
    const key = `demo:${rows.length}`;
    rows.push({ key, product, category, warehouse: name, kind, quantity, unitCost, occurredAt });
  }

  return {
    rows: rows.length,
    groups: starts.length,
    group: (index) => rows.slice(starts[index], starts[index + 1]),
  };
}

function catalogue(tenant: DemoTenant, random: Random): Product[] {
  const taken = new Set<string>();
  return Array.from({ length: tenant.products }, (_, index) => {
    const family = productFamilies[index % productFamilies.length]!;
    let product = productName(index + tenant.nameOffset, family, random);
    while (taken.has(product)) product = productName(index + tenant.nameOffset, family, random);
    taken.add(product);
    return {
      product,
      category: family.category,
      unitCost: roundCost(family.cost * Math.exp(0.5 * random.normal())),
      // Cheap goods move by the hundred, dear ones by the piece.
      lot: Math.max(1, Math.round((40 / Math.sqrt(family.cost)) * Math.exp(0.4 * random.normal()))),
      stock: tenant.warehouses.map(() => 0),
    };
  });
}

function drift(product: Product, random: Random): void {
  product.unitCost = roundCost(product.unitCost * Math.exp(0.0012 + 0.012 * random.normal()));
}

/** At most 4 decimals, and never free. */
function roundCost(cost: number): number {
  return Math.max(1, Math.round(cost * 1e4)) / 1e4;
}
