/** The product, the tenant, the screens and the light switch: at the left where there is room, else on top. */
import { useEffect, type ReactNode } from "react";
import type { Tenant } from "../../react/index.js";
import type { CubeName } from "../model/views.js";
import type { Page } from "../model/urlState.js";
import { ChevronIcon, Mark, MoonIcon, SunIcon } from "./icons.js";
import { Segments } from "./Segments.js";
import { useTheme } from "./theme.js";

const views = [
  { id: "watch", label: "Watch" },
  { id: "inventory", label: "Inventory" },
  { id: "records", label: "Records" },
  { id: "explore", label: "Explore" },
  { id: "operate", label: "Operate" },
] as const;

type View = CubeName | Exclude<Page, "charts">;

export interface HeaderProps {
  tenants: readonly Tenant[];
  tenant: Tenant;
  view: View;
  onTenant: (tenantId: string) => void;
  onView: (view: View) => void;
  /** What stands beside the light switch. */
  children?: ReactNode;
}

export function Header({ tenants, tenant, view, onTenant, onView, children }: HeaderProps) {
  const [theme, setTheme] = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  const { label } = views.find(({ id }) => id === view) ?? views[0];
  useEffect(() => {
    document.title = `${label} · ${tenant.name} · Convex Rollups`;
  }, [label, tenant.name]);
  return (
    <header className="header">
      <a className="skip" href="#main">
        Skip to the figures
      </a>
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
        <Segments label="View" options={views} value={view} onChange={onView} />
      </nav>
      <div className="header-end">
        {children}
        <button
          type="button"
          className="icon-button header-theme"
          aria-label={`Switch to ${other} theme`}
          title={`Switch to ${other} theme`}
          onClick={() => setTheme(other)}
        >
          {theme === "dark" ? <SunIcon /> : <MoonIcon />}
        </button>
      </div>
    </header>
  );
}
