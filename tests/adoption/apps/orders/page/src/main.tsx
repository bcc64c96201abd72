import { ConvexProvider, ConvexReactClient } from "convex/react";
import { createRoot } from "react-dom/client";
import type { Id } from "../convex/_generated/dataModel";
import { Dashboard } from "./Dashboard";

const asked = new URLSearchParams(location.search);
const client = new ConvexReactClient(asked.get("url")!);
client.setAuth(() => Promise.resolve(asked.get("token")));

createRoot(document.getElementById("root")!).render(
  <ConvexProvider client={client}>
    <Dashboard orgId={asked.get("org") as Id<"orgs">} />
  </ConvexProvider>,
);
