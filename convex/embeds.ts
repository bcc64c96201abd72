/** Tokens for pages elsewhere that show a tenant's figures within a lock; admins sign them. */
import { rollups } from "./rollups.js";

export const { create } = rollups.embeds();
