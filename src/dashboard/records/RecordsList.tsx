/** The list itself: its search, its columns, the table, and how far it goes. */
import { useMemo, useState } from "react";
import { formatCount } from "../format/numbers.js";
import { formatDay } from "../format/times.js";
import { todayIn, type Day } from "../model/calendar.js";
import { useConnection } from "../session/useConnection.js";
import { useReportPending } from "../widgets/pending.js";
import { useView } from "../widgets/ViewContext.js";
import { ColumnsMenu } from "./ColumnsMenu.js";
import { columnsOf, hasText, nameOf, type Column } from "./columns.js";
import { EditDialog } from "./EditDialog.js";
import type { PageArgs, Stored } from "./functions.js";
import { RecordsTable, type Place, type Sort, type Writer } from "./RecordsTable.js";
import { useChanges, type Changes } from "./useChanges.js";
import { useListing, type Listed } from "./useListing.js";

export interface RecordsListProps {
  listing: Omit<PageArgs, "order">;
  timezone: string;
  /** By the rollup; null while that is not known. */
  count: number | null;
  canWrite: boolean;
  /** The cube has no record at all. */
  isUnused: boolean;
  onOlder: (to: Day) => void;
}

export function RecordsList(props: RecordsListProps) {
  const { listing, timezone, count, canWrite, isUnused, onOlder } = props;
  const { tenantId, cube } = listing;
  const columns = useMemo(() => columnsOf(cube, timezone), [cube, timezone]);
  const time = columns[0]?.field ?? "";
  const [hidden, setHidden] = useState<ReadonlySet<string>>(
    () => new Set(columns.flatMap(({ field, isShown }) => (isShown ? [] : [field]))),
  );
  const [sort, setSort] = useState<Sort>({ field: time, desc: true });
  const isByTime = sort.field === time;
  // Another column sorts what is there: its order by time stays.
  const [order, setOrder] = useState<PageArgs["order"]>("desc");
  const listed = useListing({ ...listing, order });
  const [search, setSearch] = useState("");
  const records = useMemo(
    () =>
      search.trim() === ""
        ? listed.records
        : listed.records.filter(({ row }) => hasText(columns, row, search)),
    [listed.records, columns, search],
  );
  const isSearched = search.trim() !== "";
  // Where all that the rollup counts are found, no more is looked for.
  const isWhole =
    listed.status === "Exhausted" || (count !== null && listed.progress.found >= count);
  const isPartial = (isSearched || !isByTime) && !isWhole;
  useReportPending(listed.status === "LoadingFirstPage" || listed.status === "LoadingMore");

  const [active, setActive] = useState<Place | null>(null);
  const [focusKey, setFocusKey] = useState(0);
  const focusOn = (place: Place | null) => {
    if (place !== null) setActive(place);
    setFocusKey((key) => key + 1);
  };
  const { lost } = useConnection();
  const changes = useChanges(tenantId, cube);
  const [edited, setEdited] = useState<Stored | null>(null);
  const undo = () => {
    void changes.said?.undo?.().then((id) => {
      if (id !== null) focusOn({ id, index: active?.index ?? 0 });
    });
  };
  const writer: Writer | null = canWrite
    ? {
        isDisabled: lost !== null || changes.isRunning,
        undo,
        edit: (record, at) => {
          setActive(at);
          setEdited(record);
        },
        remove: (record, next) => {
          void changes
            .remove(record, nameOf(columns, record.row))
            .then((isDone) => focusOn(isDone ? next : null));
        },
      }
    : null;
  const onSort = (field: string) => {
    const next = { field, desc: sort.field === field ? !sort.desc : field === time };
    setSort(next);
    if (field === time) setOrder(next.desc ? "desc" : "asc");
  };
  const toggle = (field: string) => {
    const next = new Set(hidden);
    if (!next.delete(field)) next.add(field);
    setHidden(next);
  };

  const isLoading = listed.status === "LoadingFirstPage";
  const mayLoad = listed.status === "CanLoadMore" && !isWhole && !listed.progress.isFull;
  const isEmpty = listed.records.length === 0 && isWhole && !isLoading;
  return (
    <>
      <div className="records-tools">
        <input
          type="search"
          className="records-search"
          aria-label="Search the records that are loaded"
          placeholder="Search what is loaded"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <p className="records-found" role="status">
          {isSearched &&
            `${formatCount(records.length)} of ${formatCount(listed.records.length)} loaded match`}
        </p>
        <Notice changes={changes} undo={undo} isOffline={lost !== null} />
        <ColumnsMenu columns={columns} isShown={(field) => !hidden.has(field)} onToggle={toggle} />
      </div>
      {isEmpty ? (
        <Empty isUnused={isUnused} />
      ) : (
        <RecordsTable
          label="Records"
          columns={columns}
          hidden={hidden}
          records={records}
          total={isSearched ? records.length : isWhole ? records.length : count}
          sort={sort}
          onSort={onSort}
          active={active}
          onActive={setActive}
          focusKey={focusKey}
          isLoading={isLoading}
          loadMore={mayLoad && listed.goesOn && !isPartial ? listed.loadMore : null}
          writer={writer}
        />
      )}
      <Foot
        listed={listed}
        isWhole={isWhole}
        isPartial={isPartial}
        isSearched={isSearched}
        canWrite={canWrite}
        oldest={oldestDay(listed.records, columns, timezone)}
        onOlder={order === "desc" ? onOlder : null}
      />
      {edited && (
        <EditDialog
          record={edited}
          name={nameOf(columns, edited.row)}
          columns={columns}
          timezone={timezone}
          isOffline={lost !== null}
          onSave={(patch) => changes.edit(edited, patch, nameOf(columns, edited.row))}
          onClose={() => {
            setEdited(null);
            focusOn(null);
          }}
        />
      )}
    </>
  );
}

function oldestDay(records: readonly Stored[], columns: readonly Column[], timezone: string): Day {
  const at = records.at(-1)?.row[columns[0]?.field ?? ""];
  return typeof at === "number" ? todayIn(timezone, at) : "";
}

function Empty({ isUnused }: { isUnused: boolean }) {
  const { scope, clearFilters } = useView();
  const isFiltered = Object.keys(scope.filters).length > 0;
  return (
    <div className="note">
      <p className="note-title">{isUnused ? "No records yet" : "No records in this period"}</p>
      <p>
        {isUnused
          ? "They appear here as soon as the first one is in."
          : isFiltered
            ? "No record of it matches the filters."
            : "Choose another period to see records."}
      </p>
      {isFiltered && (
        <button type="button" className="button" onClick={clearFilters}>
          Clear filters
        </button>
      )}
    </div>
  );
}

/** What was done last, and the way back. It stays until something else is done, or it is put away. */
function Notice({
  changes,
  undo,
  isOffline,
}: {
  changes: Changes;
  undo: () => void;
  isOffline: boolean;
}) {
  const { said, isRunning, dismiss } = changes;
  return (
    <div className="records-notice">
      <p role="status" className={said?.isFailure ? "records-bad" : undefined}>
        {isRunning ? "Saving" : said?.text}
      </p>
      {said?.undo && (
        <button type="button" className="button" disabled={isRunning || isOffline} onClick={undo}>
          Undo
        </button>
      )}
      {said && (
        <button type="button" className="button button-quiet" onClick={dismiss}>
          Dismiss
        </button>
      )}
    </div>
  );
}

interface FootProps {
  listed: Listed;
  isWhole: boolean;
  isPartial: boolean;
  isSearched: boolean;
  canWrite: boolean;
  oldest: Day;
  /** Null where the list begins with the oldest. */
  onOlder: ((to: Day) => void) | null;
}

function Foot(props: FootProps) {
  const { listed, isWhole, isPartial, isSearched, canWrite, oldest, onOlder } = props;
  const { status, progress, goesOn, goOn, loadMore } = listed;
  const found = formatCount(progress.found);
  const read = formatCount(progress.read);
  const loaded =
    progress.read === progress.found
      ? `${found} loaded`
      : `${found} found among ${read} looked through`;
  const say = () => {
    if (status === "LoadingFirstPage") return "Loading.";
    if (isWhole) return progress.found === 0 ? "" : `All ${found} are loaded.`;
    if (status === "LoadingMore") return `${loaded}. Loading more.`;
    if (progress.isFull) return `${loaded}, as many as one list takes.`;
    if (isPartial) return `${isSearched ? "Searched" : "Sorted"} are those loaded: ${loaded}.`;
    return goesOn ? `${loaded}. More come as you scroll.` : `${loaded}.`;
  };
  const isOpen = status === "CanLoadMore" && !isWhole;
  const isWaiting = isOpen && !progress.isFull && (isPartial || !goesOn);
  return (
    <footer className="records-foot">
      <p>{say()}</p>
      {isWaiting && (
        <button type="button" className="button" onClick={isPartial ? loadMore : goOn}>
          {isPartial ? "Load more" : "Go on looking"}
        </button>
      )}
      {progress.isFull && isOpen && onOlder && oldest !== "" && (
        <button type="button" className="button" onClick={() => onOlder(oldest)}>
          List those up to {formatDay(oldest)}
        </button>
      )}
      {canWrite && progress.found > 0 && (
        <p className="records-keys">
          <kbd>↑</kbd> <kbd>↓</kbd> move, <kbd>Enter</kbd> edits, <kbd>Delete</kbd> removes,{" "}
          <kbd>Ctrl Z</kbd> undoes
        </p>
      )}
    </footer>
  );
}
