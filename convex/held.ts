/**
 * Public queries for browsers that hold tiles instead of answers. All but `key` take the tenant's view key, so that
 * all of its viewers share what the backend does for one.
 */
import { rollups } from "./rollups.js";

export const { key, catalog, tiles, tail } = rollups.held();
