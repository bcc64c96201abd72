// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { columnsOf } from "../../../src/dashboard/records/columns.js";
import {
  RecordsTable,
  type RecordsTableProps,
  type Writer,
} from "../../../src/dashboard/records/RecordsTable.js";

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const columns = columnsOf("inventory", "UTC");
const records = Array.from({ length: 500 }, (_, i) => ({
  id: `r${i}`,
  row: { product: `Lamp ${i}`, quantity: i, unitCost: 1, occurredAt: 1e12 - i * 1000 },
}));
const writer: Writer = { isDisabled: false, edit: vi.fn(), remove: vi.fn(), undo: vi.fn() };

function show(props: Partial<RecordsTableProps>) {
  // What is laid out is so high.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  render(
    <RecordsTable
      {...{ label: "Records", columns, hidden: new Set(), records, total: 900, active: null }}
      {...{ sort: { field: "occurredAt", desc: true }, onSort: vi.fn(), onActive: vi.fn() }}
      {...{ focusKey: 0, isLoading: false, loadMore: null, writer: null, ...props }}
    />,
  );
}

test("has rows in view alone in the document, and says where they stand among all", () => {
  show({});
  const rows = screen.getAllByRole("row");
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.length).toBeLessThan(40);
  expect(rows.slice(0, 3).map((row) => row.getAttribute("aria-rowindex"))).toEqual(["1", "2", "3"]);
  expect(screen.getByRole("grid").getAttribute("aria-rowcount")).toBe("901");
});

test("shows buttons to those who may write, and none to others", () => {
  show({ writer });
  expect(screen.getByRole("button", { name: /^Edit Lamp 0,/ })).toBeTruthy();
  expect(screen.getByRole("button", { name: /^Remove Lamp 0,/ })).toBeTruthy();
  cleanup();
  show({});
  expect(screen.queryByRole("button", { name: /^(Edit|Remove)/ })).toBeNull();
  expect(screen.queryByRole("columnheader", { name: "Actions" })).toBeNull();
});

test("asks for more near the end alone, sorts what is loaded, and hides columns", () => {
  const loadMore = vi.fn();
  show({ loadMore });
  expect(loadMore).not.toHaveBeenCalled();
  cleanup();
  const sort = { field: "quantity", desc: true };
  show({ loadMore, records: records.slice(0, 15), sort, hidden: new Set(["unitCost"]) });
  expect(loadMore).toHaveBeenCalled();
  expect(screen.getAllByRole("row")[1]?.textContent).toContain("Lamp 14");
  expect(screen.queryByRole("columnheader", { name: "Unit cost" })).toBeNull();
});
