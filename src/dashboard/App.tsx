/** From sign-in to a tenant's view: what must be known before there is anything to chart. */
import { useMemo } from "react";
import { ConvexProvider, type ConvexReactClient } from "convex/react";
import { RollupsProvider, storageAnswerCache, useTenants, type Tenant } from "../hooks";
import { Header } from "./chrome/Header";
import { Screen } from "./chrome/Screen";
import { catalogue } from "./model/members";
import { useAnchor } from "./model/useAnchor";
import type { UrlState } from "./model/urlState";
import { useUrlState, type UpdateUrlState } from "./model/useUrlState";
import { useSession } from "./session/useSession";
import { CubeView } from "./views/CubeView";

export function App() {
  const session = useSession();
  if (session.status === "pending") return <Screen title="Signing in" isBusy />;
  if (session.status === "error") {
    return <Screen title="Could not sign in" text={session.message} retry={session.retry} />;
  }
  return <SignedIn client={session.client} user={session.user} />;
}

export function SignedIn({ client, user }: { client: ConvexReactClient; user: string }) {
  return (
    <ConvexProvider client={client}>
      <Tenants user={user} />
    </ConvexProvider>
  );
}

function Tenants({ user }: { user: string }) {
  const { tenants, error } = useTenants();
  const [url, updateUrl] = useUrlState();
  const cache = useMemo(() => storageAnswerCache(localStorage, user), [user]);
  if (error) {
    return (
      <Screen
        title="Your tenants could not be loaded"
        text={error.message}
        retry={() => window.location.reload()}
      />
    );
  }
  if (!tenants) return <Screen title="Loading" isBusy />;
  const tenant = tenants.find(({ tenantId }) => tenantId === url.tenant) ?? tenants[0];
  if (!tenant) {
    return <Screen title="No tenant yet" text="You are signed in, but not a member of a tenant." />;
  }
  return (
    <RollupsProvider
      tenantId={tenant.tenantId}
      timezone={tenant.timezone}
      catalogue={catalogue}
      cache={cache}
    >
      <Header
        tenants={tenants}
        tenant={tenant}
        cube={url.cube}
        onTenant={(tenantId) => updateUrl({ tenant: tenantId, filters: {} })}
        onCube={(cube) => updateUrl({ cube, filters: {}, measure: null })}
      />
      <AnchoredView
        key={`${tenant.tenantId} ${url.cube}`}
        tenant={tenant}
        url={url}
        updateUrl={updateUrl}
      />
    </RollupsProvider>
  );
}

type AnchoredViewProps = { tenant: Tenant; url: UrlState; updateUrl: UpdateUrlState };

function AnchoredView(props: AnchoredViewProps) {
  const anchor = useAnchor(props.url.cube, props.tenant.timezone);
  if (anchor.day !== null) return <CubeView {...props} anchor={anchor} anchorDay={anchor.day} />;
  if (anchor.error) {
    return (
      <Screen title="This could not be loaded" text={anchor.error.message} retry={anchor.retry} />
    );
  }
  return <Screen title="Loading" isBusy />;
}
