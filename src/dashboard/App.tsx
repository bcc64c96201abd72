/** From sign-in to a tenant's view: what must be known before there is anything to chart. */
import { lazy, Suspense, useMemo } from "react";
import { ConvexProvider, type ConvexReactClient } from "convex/react";
import { RollupsProvider, storageAnswerCache, type AggregateError } from "../react/index.js";
import { fallbackApi, heldApi, rollupsApi } from "./api.js";
import { Header } from "./chrome/Header.js";
import { Screen } from "./chrome/Screen.js";
import { Waiting } from "./chrome/Waiting.js";
import { failureWords } from "./format/failures.js";
import { catalogue } from "./model/members.js";
import { isPage } from "./model/urlState.js";
import { useAnchor } from "./model/useAnchor.js";
import { useUrlState } from "./model/useUrlState.js";
import { ConnectionContext, useConnectionOf } from "./session/useConnection.js";
import { useKnownTenants } from "./session/useKnownTenants.js";
import { usePrefetcher } from "./session/usePrefetcher.js";
import { useSession } from "./session/useSession.js";
import { CubeView, type CubeViewProps } from "./views/CubeView.js";
import { useLogged } from "./widgets/Failure.js";

/** Most people never open it. */
const Operate = lazy(async () => ({ default: (await import("./operate/Operate.js")).Operate }));

const Records = lazy(async () => ({ default: (await import("./records/Records.js")).Records }));

const Explore = lazy(async () => ({ default: (await import("./explore/Explore.js")).Explore }));

/** Not of the first screen. */
const Traffic = lazy(async () => ({ default: (await import("./traffic/Traffic.js")).Traffic }));

/** How many times a second figures follow writes: nobody reads faster, and each time is a frame. */
const paceOfFigures = 2;

export function App() {
  const session = useSession();
  if (session.status === "pending") return <Screen title="Signing in" isBusy />;
  if (session.status === "error") {
    return <Screen title="Could not sign in" text={session.message} retry={session.retry} />;
  }
  return <SignedIn client={session.client} user={session.user} />;
}

export function SignedIn({ client, user }: { client: ConvexReactClient; user: string }) {
  const connection = useConnectionOf(client);
  return (
    <ConvexProvider client={client}>
      <ConnectionContext value={connection}>
        <Tenants user={user} />
      </ConnectionContext>
    </ConvexProvider>
  );
}

function Tenants({ user }: { user: string }) {
  const [url, updateUrl] = useUrlState();
  const { tenants, error } = useKnownTenants(user, url.tenant);
  const cache = useMemo(() => storageAnswerCache(localStorage, user), [user]);
  const prefetch = usePrefetcher(user);
  if (error) {
    return (
      <Failed
        title="Your tenants could not be loaded"
        error={error}
        retry={() => window.location.reload()}
      />
    );
  }
  if (!tenants) return <Waiting />;
  const tenant = tenants.find(({ tenantId }) => tenantId === url.tenant) ?? tenants[0];
  if (!tenant) {
    return <Screen title="No tenant yet" text="You are signed in, but not a member of a tenant." />;
  }
  return (
    <RollupsProvider
      api={rollupsApi}
      fallback={fallbackApi}
      held={heldApi}
      tenant={{ tenantId: tenant.tenantId }}
      timezone={tenant.timezone}
      catalogue={catalogue}
      cache={cache}
      pace={paceOfFigures}
      {...(prefetch && { prefetch })}
    >
      <Header
        tenants={tenants}
        tenant={tenant}
        view={url.page === "charts" ? url.cube : url.page}
        onTenant={(tenantId) => updateUrl({ tenant: tenantId, filters: {} })}
        onView={(view) =>
          updateUrl(
            isPage(view)
              ? { page: view }
              : {
                  page: "charts",
                  cube: view,
                  ...(view !== url.cube && { filters: {}, measure: null, split: null, tables: [] }),
                },
          )
        }
      >
        {tenant.role !== "viewer" && (
          <Suspense>
            <Traffic tenantId={tenant.tenantId} cube={url.cube} />
          </Suspense>
        )}
      </Header>
      {url.page === "operate" ? (
        <Suspense fallback={<Waiting />}>
          <Operate key={tenant.tenantId} tenant={tenant} />
        </Suspense>
      ) : (
        <AnchoredView
          key={`${tenant.tenantId} ${url.cube}`}
          tenant={tenant}
          url={url}
          updateUrl={updateUrl}
          prefetch={prefetch}
        />
      )}
    </RollupsProvider>
  );
}

type AnchoredViewProps = Omit<CubeViewProps, "anchor" | "anchorDay">;

function AnchoredView(props: AnchoredViewProps) {
  const anchor = useAnchor(props.url.cube, props.tenant.timezone);
  if (anchor.day !== null) {
    const { page } = props.url;
    const Shown = page === "records" ? Records : page === "explore" ? Explore : CubeView;
    return (
      <Suspense fallback={<Waiting />}>
        <Shown {...props} anchor={anchor} anchorDay={anchor.day} />
      </Suspense>
    );
  }
  return anchor.error ? <Failed error={anchor.error} retry={anchor.retry} /> : <Waiting />;
}

type FailedProps = { title?: string; error: AggregateError; retry: () => void };

/** A screen that failed as a whole, in the words of its failure. */
function Failed({ title, error, retry }: FailedProps) {
  const words = failureWords(error);
  useLogged(error);
  return <Screen title={title ?? words.title} text={words.text} retry={retry} />;
}
