/** The two invented companies whose data the demo shows. Any likeness to real ones is chance. */

export type DemoTenant = {
  tenantId: string;
  name: string;
  timezone: string;
  /** Share of all records, of either cube. */
  share: { watch: number; inventory: number };
  /** Where its names start, so that tenants differ in them. */
  nameOffset: number;
  channels: number;
  videos: number;
  viewers: number;
  products: number;
  warehouses: readonly string[];
};

export const demoTenants: readonly DemoTenant[] = [
  {
    tenantId: "acme",
    name: "Acme Media",
    timezone: "America/New_York",
    share: { watch: 0.7, inventory: 0.4 },
    nameOffset: 0,
    channels: 36,
    videos: 640,
    viewers: 900,
    products: 96,
    warehouses: ["Hudson", "Lakeside", "Prairie"],
  },
  {
    tenantId: "globex",
    name: "Globex Supply",
    timezone: "Europe/Berlin",
    share: { watch: 0.3, inventory: 0.6 },
    nameOffset: 41,
    channels: 18,
    videos: 260,
    viewers: 350,
    products: 180,
    warehouses: ["Hafen", "Nordpark", "Suedtor", "Talhof"],
  },
];

/** How many of `total` records each tenant has; they add up. */
export function shareOut(
  total: number,
  cube: "watch" | "inventory",
  tenants: readonly DemoTenant[] = demoTenants,
): Map<string, number> {
  let left = total;
  return new Map(
    tenants.map(({ tenantId, share }, index) => {
      const count = index === tenants.length - 1 ? left : Math.round(total * share[cube]);
      left -= count;
      return [tenantId, count];
    }),
  );
}
