/** The top line: the product, the tenant, the cube, and the light switch. */
import type { Tenant } from "../../react/index.js";
import type { CubeName } from "../model/views.js";
import { ChevronIcon, Mark, MoonIcon, SunIcon } from "./icons.js";
import { Segments } from "./Segments.js";
import { useTheme } from "./theme.js";

const cubes = [
  { id: "watch", label: "Watch" },
  { id: "inventory", label: "Inventory" },
] as const;

export interface HeaderProps {
  tenants: readonly Tenant[];
  tenant: Tenant;
  cube: CubeName;
  onTenant: (tenantId: string) => void;
  onCube: (cube: CubeName) => void;
}

export function Header({ tenants, tenant, cube, onTenant, onCube }: HeaderProps) {
  const [theme, setTheme] = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <header className="header">
      <h1 className="brand">
        <Mark />
        <span>Convex Rollups</span>
      </h1>
      <label className="select">
        <span className="visually-hidden">Tenant</span>
        <select value={tenant.tenantId} onChange={(event) => onTenant(event.target.value)}>
          {tenants.map(({ tenantId, name }) => (
            <option key={tenantId} value={tenantId}>
              {name}
            </option>
          ))}
        </select>
        <ChevronIcon />
      </label>
      <nav className="header-views" aria-label="Views">
        <Segments label="View" options={cubes} value={cube} onChange={onCube} />
      </nav>
      <button
        type="button"
        className="icon-button header-theme"
        aria-label={`Switch to ${other} theme`}
        title={`Switch to ${other} theme`}
        onClick={() => setTheme(other)}
      >
        {theme === "dark" ? <SunIcon /> : <MoonIcon />}
      </button>
    </header>
  );
}
