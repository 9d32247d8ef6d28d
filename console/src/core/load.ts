import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from './api.ts';

export interface Loaded<Value> {
  readonly value?: Value;
  readonly error?: ApiError;
  readonly loading: boolean;
  /** Asks again; what is shown stays until the answer is there. */
  reload(): void;
  /** Shows this in place of what was loaded, for a change that the server has confirmed. */
  replace(value: Value): void;
}

const RETRY_MS = 3_000;

const errorOf = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(0, 'page', 'This page met an error of its own; reload it.');

/** Loads when `key` changes, and again while nobody answers. `everyMs`: asks again while the page is looked at. */
export function useLoad<Value>(
  key: string,
  load: (signal: AbortSignal) => Promise<Value>,
  everyMs?: number,
): Loaded<Value> {
  const [state, setState] = useState<{ readonly key: string; readonly value?: Value; readonly error?: ApiError }>({
    key,
  });
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const isLoading = useRef(loading);
  isLoading.current = loading;
  const loader = useRef(load);
  loader.current = load;
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (ms: number | undefined) => {
      if (ms !== undefined && !stop.signal.aborted) timer = setTimeout(() => setTurn((count) => count + 1), ms);
    };
    setLoading(true);
    loader.current(stop.signal).then(
      (value) => {
        if (stop.signal.aborted) return;
        setState({ key, value });
        setLoading(false);
        again(everyMs);
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        const failure = errorOf(error);
        setState((before) => (before.key === key ? { ...before, error: failure } : { key, error: failure }));
        setLoading(false);
        again(failure.status === 0 ? RETRY_MS : everyMs);
      },
    );
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, turn, everyMs]);
  const reload = useCallback(() => setTurn((count) => count + 1), []);
  const replace = useCallback(
    (value: Value) => {
      setState({ key, value });
      // What is being loaded was asked for before, and would put back what was.
      if (isLoading.current) reload();
    },
    [key, reload],
  );
  const shown = state.key === key ? state : { key };
  return {
    ...(shown.value === undefined ? {} : { value: shown.value }),
    ...(shown.error === undefined ? {} : { error: shown.error }),
    loading,
    reload,
    replace,
  };
}
