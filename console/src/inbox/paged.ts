import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, api, type List, type ThreadFilter, type ThreadView } from '../core/api.ts';

export interface Paged {
  readonly threads: readonly ThreadView[];
  readonly failures: List<ThreadView>['failures'];
  readonly unreadable: number;
  readonly more: boolean;
  readonly loading: boolean;
  readonly error?: ApiError;
  /** Vendor pages asked for since the filter was set: they cost the vendor's budget. */
  readonly pages: number;
  next(): void;
  reload(): void;
  change(thread: ThreadView): void;
}

interface State {
  readonly threads: readonly ThreadView[];
  readonly failures: List<ThreadView>['failures'];
  readonly unreadable: number;
  readonly pages: number;
  /** Undefined: from the start. Null: the end was reached. */
  readonly cursor?: string | null;
  readonly error?: ApiError;
}

const NOTHING: State = { threads: [], failures: [], unreadable: 0, pages: 0 };

function joined(before: State, page: List<ThreadView>): State {
  const known = new Set(before.threads.map(({ id }) => id));
  return {
    threads: [...before.threads, ...page.items.filter(({ id }) => !known.has(id))],
    failures: page.failures,
    unreadable: before.unreadable + page.unreadable,
    pages: before.pages + 1,
    cursor: page.cursor,
  };
}

/** A thread that was opened, as the row it was: what only lists tell of it stays. */
const asRow = (row: ThreadView, opened: ThreadView): ThreadView => ({
  ...opened,
  subject: row.subject ?? opened.subject,
  preview: opened.preview ?? row.preview,
  campaign: opened.campaign ?? row.campaign,
});

const withChanges = (state: State, changed: ReadonlyMap<string, ThreadView>): State => ({
  ...state,
  threads: state.threads.map((row) => {
    const opened = changed.get(row.id);
    return opened ? asRow(row, opened) : row;
  }),
});

/** Live pages of the vendors, one after another, as the reader comes to them. */
export function usePages(filter: ThreadFilter): Paged {
  const key = JSON.stringify(filter);
  const [state, setState] = useState<State>(NOTHING);
  const [loading, setLoading] = useState(false);
  const asked = useRef<AbortController | undefined>(undefined);
  /** Since the page that is being loaded was asked for, which may tell of what was before. */
  const changed = useRef(new Map<string, ThreadView>());
  const ask = useCallback(
    (from: State) => {
      asked.current?.abort();
      const call = new AbortController();
      asked.current = call;
      changed.current = new Map();
      setLoading(true);
      api.threads(JSON.parse(key), from.cursor ?? undefined, call.signal).then(
        (page) => {
          if (call.signal.aborted) return;
          setState(withChanges(joined(from, page), changed.current));
          setLoading(false);
        },
        (error: unknown) => {
          if (call.signal.aborted) return;
          const failure = error instanceof ApiError ? error : new ApiError(0, 'page', 'The list could not be shown.');
          setState(withChanges({ ...from, error: failure }, changed.current));
          setLoading(false);
        },
      );
    },
    [key],
  );
  useEffect(() => {
    setState(NOTHING);
    ask(NOTHING);
    return () => asked.current?.abort();
  }, [ask]);
  const next = useCallback(() => {
    if (!state.error && state.cursor) ask(state);
  }, [ask, state]);
  const reload = useCallback(() => ask(NOTHING), [ask]);
  const change = useCallback((thread: ThreadView) => {
    changed.current.set(thread.id, thread);
    setState((before) => withChanges(before, new Map([[thread.id, thread]])));
  }, []);
  const { cursor, error, ...rest } = state;
  return { ...rest, ...(error ? { error } : {}), more: typeof cursor === 'string', loading, next, reload, change };
}
