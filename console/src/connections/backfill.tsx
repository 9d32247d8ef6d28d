import { useRef, useState } from 'preact/hooks';
import { ApiError, api, sentenceOf } from '../core/api.ts';
import { withLocalTimes } from '../core/time.ts';

export function Backfill({ id }: { readonly id: string }) {
  const [since, setSince] = useState('7d');
  const [line, setLine] = useState<string>();
  const running = useRef<AbortController | undefined>(undefined);
  const run = async () => {
    const stop = new AbortController();
    running.current = stop;
    setLine('Begins …');
    try {
      for await (const progress of api.backfill(id, since, stop.signal)) {
        if ('state' in progress) {
          const total = progress.total === null ? '' : ` of ${progress.total}`;
          setLine(
            `${progress.threads}${total} threads read, ${progress.recorded} replies recorded: ${progress.state}.`,
          );
        } else setLine(withLocalTimes(progress.detail));
      }
    } catch (error) {
      setLine(error instanceof ApiError ? sentenceOf(error) : 'It goes on by itself, a piece with each poll.');
    }
    running.current = undefined;
  };
  const end = async () => {
    running.current?.abort();
    try {
      await api.stopBackfill(id);
      setLine('Stopped. Asked again, it goes on where it stopped.');
    } catch (error) {
      setLine(sentenceOf(error));
    }
  };
  return (
    <p class="backfill">
      <label>
        Older replies too, back{' '}
        <select value={since} onChange={(event) => setSince(event.currentTarget.value)}>
          <option value="24h">one day</option>
          <option value="7d">7 days</option>
          <option value="30d">30 days</option>
          <option value="all">to the beginning</option>
        </select>
      </label>{' '}
      {running.current ? (
        <button type="button" onClick={() => void end()}>
          Stop
        </button>
      ) : (
        <button type="button" onClick={() => void run()}>
          Backfill
        </button>
      )}{' '}
      <span role="status">{line}</span>
    </p>
  );
}
