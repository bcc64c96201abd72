/**
 * A table of any length: only the rows in view are in the document, and the one that has the focus. Its roles say
 * where each row stands among all of them.
 */
import { useEffect, useLayoutEffect, useMemo, useRef, type KeyboardEvent } from "react";
import {
  columnVisibilityFeature,
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { compareBy, nameOf, type Column } from "./columns.js";
import type { Stored } from "./functions.js";
import { EditIcon, RemoveIcon } from "./icons.js";
import { useAnchoredScroll } from "./useAnchoredScroll.js";

export interface Sort {
  field: string;
  desc: boolean;
}

/** A row, and where it stood: should it go, the row that is there then is meant. */
export interface Place {
  id: string;
  index: number;
}

export interface RecordsTableProps {
  label: string;
  columns: readonly Column[];
  hidden: ReadonlySet<string>;
  records: readonly Stored[];
  /** Rows that there are, loaded or not; null where that is not known. */
  total: number | null;
  sort: Sort;
  onSort: (field: string) => void;
  active: Place | null;
  onActive: (place: Place) => void;
  /** Another number puts the focus on the active row. */
  focusKey: number;
  isLoading: boolean;
  /** Null where it is not wanted, or there is none. */
  loadMore: (() => void) | null;
  /** Null where the user may not. */
  writer: Writer | null;
}

export interface Writer {
  isDisabled: boolean;
  edit: (record: Stored, at: Place) => void;
  /** `next` is the row that is there afterwards. */
  remove: (record: Stored, next: Place) => void;
  undo: () => void;
}

const rowHeight = 38;
const headHeight = 36;
const actionsWidth = 84;
/** Rows before the end at which more are asked for. */
const nearEnd = 12;
const pageRows = 10;
const skeletonRows = 12;

const features = tableFeatures({
  rowSortingFeature,
  columnVisibilityFeature,
  sortedRowModel: createSortedRowModel(),
});
const helper = createColumnHelper<typeof features, Stored>();

export function RecordsTable(props: RecordsTableProps) {
  const { label, columns, hidden, records, total, sort, onSort, active, onActive } = props;
  const { focusKey, isLoading, loadMore, writer } = props;
  const { shown, rows } = useModel({ columns, hidden, records, sort });
  const indexes = useMemo(() => new Map(rows.map(({ id }, index) => [id, index])), [rows]);
  const activeIndex = Math.min(
    indexes.get(active?.id ?? "") ?? active?.index ?? 0,
    rows.length - 1,
  );

  const scroller = useRef<HTMLDivElement>(null);
  // Its functions answer differently at each rendering, which only a compiler would mind.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    rangeExtractor: (range) => {
      const inView = defaultRangeExtractor(range);
      return activeIndex < 0
        ? inView
        : [...new Set([activeIndex, ...inView])].sort((a, b) => a - b);
    },
  });
  useAnchoredScroll(scroller, rows, indexes, rowHeight);

  const isNearEnd = (virtualizer.range?.endIndex ?? 0) >= rows.length - nearEnd;
  useEffect(() => {
    if (isNearEnd) loadMore?.();
  });

  const focusedId = useRef<string | null>(null);
  const wantsFocus = useRef(false);
  const lastFocusKey = useRef(focusKey);
  useLayoutEffect(() => {
    // The row with the focus is gone, as others write, too.
    if (focusedId.current !== null && !indexes.has(focusedId.current)) wantsFocus.current = true;
    if (lastFocusKey.current !== focusKey) {
      lastFocusKey.current = focusKey;
      wantsFocus.current = true;
      if (activeIndex >= 0) virtualizer.scrollToIndex(activeIndex);
    }
    if (!wantsFocus.current) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${activeIndex}"]`);
    const target = rows.length === 0 ? scroller.current : row;
    if (!target) return;
    wantsFocus.current = false;
    target.focus({ preventScroll: true });
  });

  const placeAt = (index: number): Place => ({ id: rows[index]?.id ?? "", index });
  const moveTo = (index: number) => {
    const next = Math.max(0, Math.min(index, rows.length - 1));
    onActive(placeAt(next));
    virtualizer.scrollToIndex(next);
    wantsFocus.current = true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const record = rows[activeIndex];
    const steps: Record<string, number> = {
      ...{ ArrowDown: activeIndex + 1, ArrowUp: activeIndex - 1, Home: 0, End: rows.length - 1 },
      ...{ PageDown: activeIndex + pageRows, PageUp: activeIndex - pageRows },
    };
    const isOnRow = (event.target as HTMLElement).getAttribute("role") === "row";
    const does = () => {
      if (event.key in steps) return moveTo(steps[event.key] ?? 0);
      if (writer === null || writer.isDisabled) return false;
      if (event.key === "z" && (event.ctrlKey || event.metaKey)) return writer.undo();
      if (!record || !isOnRow) return false;
      if (event.key === "Enter") return writer.edit(record, placeAt(activeIndex));
      if (event.key === "Delete") return writer.remove(record, nextTo(activeIndex));
      return false;
    };
    if (does() !== false) event.preventDefault();
  };
  const nextTo = (index: number): Place => ({
    id: (rows[index + 1] ?? rows[index - 1])?.id ?? "",
    index,
  });

  const template = [
    ...shown.map(({ width, isTime, isNumber }) =>
      isTime || isNumber
        ? `minmax(${width}px, ${width / 2}fr)`
        : `minmax(${width}px, ${2 * width}fr)`,
    ),
    ...(writer === null ? [] : [`${actionsWidth}px`]),
  ].join(" ");
  const width = shown.reduce((sum, column) => sum + column.width, writer ? actionsWidth : 0);
  return (
    <div className="records-scroll" ref={scroller} tabIndex={-1}>
      <div
        role="grid"
        aria-label={label}
        aria-busy={isLoading}
        aria-rowcount={total === null ? -1 : total + 1}
        aria-colcount={shown.length + (writer ? 1 : 0)}
        className="records-grid"
        style={{ "--columns": template, minWidth: width } as React.CSSProperties}
      >
        <div role="rowgroup" className="records-head">
          <div role="row" aria-rowindex={1} className="records-row">
            {shown.map((column) => (
              <Heading key={column.field} {...{ column, sort, onSort }} />
            ))}
            {writer && (
              <span role="columnheader" className="records-actions">
                <span className="visually-hidden">Actions</span>
              </span>
            )}
          </div>
        </div>
        <div
          role="rowgroup"
          className="records-body"
          style={{ height: isLoading ? skeletonRows * rowHeight : virtualizer.getTotalSize() }}
          onKeyDown={onKeyDown}
          onFocus={(event) => {
            const index = Number(
              (event.target as HTMLElement).closest<HTMLElement>("[data-index]")?.dataset["index"],
            );
            focusedId.current = rows[index]?.id ?? null;
            if (rows[index] && rows[index].id !== active?.id) onActive(placeAt(index));
          }}
          onBlur={() => {
            focusedId.current = null;
          }}
        >
          {isLoading &&
            Array.from({ length: skeletonRows }, (_, i) => (
              <div key={i} className="records-loading" style={{ height: rowHeight }} aria-hidden>
                <div className="skeleton" />
              </div>
            ))}
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const record = rows[index];
            if (!record) return null;
            const isActive = index === activeIndex;
            const name = nameOf(columns, record.row);
            return (
              <div
                key={record.id}
                role="row"
                aria-rowindex={index + 2}
                data-index={index}
                tabIndex={isActive ? 0 : -1}
                className="records-row"
                style={{ height: rowHeight, transform: `translateY(${start - headHeight}px)` }}
                onDoubleClick={() => {
                  if (writer?.isDisabled === false) writer.edit(record, placeAt(index));
                }}
              >
                {shown.map((column, position) => (
                  <span
                    key={column.field}
                    role={position === 0 ? "rowheader" : "gridcell"}
                    className={column.isNumber ? "records-cell number" : "records-cell"}
                  >
                    {column.text(record.row)}
                  </span>
                ))}
                {writer && (
                  <span role="gridcell" className="records-actions">
                    <button
                      type="button"
                      className="icon-button"
                      aria-label={`Edit ${name}`}
                      title="Edit"
                      tabIndex={isActive ? 0 : -1}
                      disabled={writer.isDisabled}
                      onClick={() => writer.edit(record, placeAt(index))}
                    >
                      <EditIcon />
                    </button>
                    <button
                      type="button"
                      className="icon-button"
                      aria-label={`Remove ${name}`}
                      title="Remove"
                      tabIndex={isActive ? 0 : -1}
                      disabled={writer.isDisabled}
                      onClick={() => writer.remove(record, nextTo(index))}
                    >
                      <RemoveIcon />
                    </button>
                  </span>
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** The columns to show, and the records in order: by time they come sorted, else what is loaded is. */
function useModel({
  columns,
  hidden,
  records,
  sort,
}: Pick<RecordsTableProps, "columns" | "hidden" | "records" | "sort">) {
  const definitions = useMemo(
    () =>
      helper.columns(
        columns.map((column) =>
          helper.accessor(({ row }) => row[column.field], {
            id: column.field,
            header: column.title,
            sortFn: (a, b) => compareBy(column, a.original.row, b.original.row),
          }),
        ),
      ),
    [columns],
  );
  const isByTime = columns.find(({ field }) => field === sort.field)?.isTime === true;
  const table = useTable({
    features,
    columns: definitions,
    data: records,
    getRowId: ({ id }) => id,
    state: {
      sorting: isByTime ? [] : [{ id: sort.field, desc: sort.desc }],
      columnVisibility: Object.fromEntries([...hidden].map((field) => [field, false])),
    },
  });
  const { rows } = table.getRowModel();
  const visible = new Set(table.getVisibleLeafColumns().map(({ id }) => id));
  return {
    shown: columns.filter(({ field }) => visible.has(field)),
    rows: useMemo(() => rows.map(({ original }) => original), [rows]),
  };
}

interface HeadingProps {
  column: Column;
  sort: Sort;
  onSort: (field: string) => void;
}

function Heading({ column: { field, title, isTime, isNumber }, sort, onSort }: HeadingProps) {
  const isSorted = sort.field === field;
  const direction = sort.desc ? "descending" : "ascending";
  return (
    <span
      role="columnheader"
      aria-sort={isSorted ? direction : "none"}
      className={isNumber ? "records-cell number" : "records-cell"}
    >
      <button
        type="button"
        className="records-sort"
        title={isTime ? "Sorts all records" : "Sorts the records that are loaded"}
        onClick={() => onSort(field)}
      >
        {title}
        {isSorted && <span aria-hidden>{sort.desc ? "↓" : "↑"}</span>}
      </button>
    </span>
  );
}
