/** The package has no types of its own. */
declare module "@cubejs-client/vue3" {
  import type { Component } from "vue";
  export const QueryRenderer: Component;
}
