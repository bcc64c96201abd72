/** The backend as a child of the demo: goes when its parent goes, even if that was killed. */
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
await import("../../local/main.js");
export {};
