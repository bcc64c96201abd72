/** What a suite of the hooks needs of React, so that it can run on several versions of it. */
export { StrictMode, createElement, version } from "react";
export { act, cleanup, renderHook, waitFor } from "@testing-library/react";
export { ConvexProvider } from "convex/react";
export { useRollup } from "../../../src/react/useRollup.js";
export { createRollups } from "../../../src/react/createRollups.js";
