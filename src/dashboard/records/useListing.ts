/** The records behind a view, page by page, as far as they are wanted. */
import { useMemo, useState } from "react";
import { usePaginatedQuery } from "convex/react";
import { page, type Found, type PageArgs, type Stored } from "./functions.js";
import { firstRead, goesOn, nextRead, progressOf, type Progress } from "./listing.js";

export interface Listed {
  records: Stored[];
  progress: Progress;
  status: "LoadingFirstPage" | "CanLoadMore" | "LoadingMore" | "Exhausted";
  /** Whether more comes unasked as the end of the list is seen. */
  goesOn: boolean;
  loadMore: () => void;
  /** Goes on where the list has stopped by itself. */
  goOn: () => void;
}

/** Throws what the backend refuses. */
export function useListing(args: PageArgs): Listed {
  const isFiltered = args.filters.length > 0;
  const { results, status, loadMore } = usePaginatedQuery(page, args as never, {
    initialNumItems: isFiltered ? nextRead : firstRead,
  });
  const pages = results as Found[];
  const records = useMemo(() => pages.flatMap((found) => found.records), [pages]);
  const progress = progressOf(pages);
  const of = JSON.stringify(args);
  const [granted, grant] = useState({ of, read: 0 });
  return {
    ...{ records, progress, status },
    goesOn: goesOn(progress, granted.of === of ? granted.read : 0),
    loadMore: () => loadMore(nextRead),
    goOn: () => {
      grant({ of, read: progress.read });
      loadMore(nextRead);
    },
  };
}
