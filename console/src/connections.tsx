import { useRef, useState } from 'preact/hooks';
import { ApiError, api, type CheckView, type ConnectionView } from './core/api.ts';
import { useLoad } from './core/load.ts';
import { spanText } from './core/time.ts';
import { Badge, Empty, Loading, shown, Trouble } from './parts/parts.tsx';

const CHECK_TONES: Readonly<Record<CheckView['state'], string>> = { ok: 'good', warning: 'warn', broken: 'bad' };

/** A feed this many intervals behind is late, as /health says. */
const LATE_INTERVALS = 3;

function Feeds({ feeds }: { readonly feeds: ConnectionView['feeds'] }) {
  if (feeds.length === 0) return <p>Its feeds were not polled yet.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Feed</th>
          <th scope="col">Last poll</th>
          <th scope="col">Every</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {feeds.map(({ feed, lagMs, everyMs }) => (
          <tr key={feed}>
            <th scope="row">{feed === '*' ? 'all of them' : shown(feed)}</th>
            <td>{spanText(lagMs)} ago</td>
            <td>{spanText(everyMs)}</td>
            <td>
              {lagMs > LATE_INTERVALS * everyMs ? <Badge tone="bad">late</Badge> : <Badge tone="good">on time</Badge>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Backfill({ id }: { readonly id: string }) {
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
        } else setLine(progress.detail);
      }
    } catch (error) {
      setLine(error instanceof ApiError ? error.message : 'Stopped. Asked again, it goes on where it stopped.');
    }
    running.current = undefined;
  };
  return (
    <p class="backfill">
      <label>
        Tell older replies too, back{' '}
        <select value={since} onChange={(event) => setSince(event.currentTarget.value)}>
          <option value="24h">one day</option>
          <option value="7d">7 days</option>
          <option value="30d">30 days</option>
          <option value="all">to the beginning</option>
        </select>
      </label>{' '}
      {running.current ? (
        <button type="button" onClick={() => running.current?.abort()}>
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

function Abilities({ can }: Pick<ConnectionView, 'can'>) {
  const said = [
    can.reply.copies ? 'reply with cc and bcc' : 'reply',
    can.forward ? 'forward' : 'no forward (name your mail server in the config)',
    can.star === 'vendor' ? 'star' : 'star (kept by Replybus)',
    can.read ? 'mark read' : 'no read marks',
  ];
  return <p class="abilities">{said.join(' · ')}</p>;
}

function Connection({ connection, reload }: { readonly connection: ConnectionView; readonly reload: () => void }) {
  const [message, setMessage] = useState<string>();
  const poll = async () => {
    try {
      await api.poll(connection.id);
      setMessage('Polled.');
      reload();
    } catch (error) {
      setMessage(error instanceof ApiError ? error.message : 'That did not work; try again.');
    }
  };
  return (
    <section class="card" aria-label={`Connection ${connection.id}`}>
      <h2>
        {shown(connection.id)} <Badge tone="plain">{connection.providerName}</Badge>{' '}
        {connection.paused && <Badge tone="warn">paused</Badge>}{' '}
        {connection.sending.off && <Badge tone="warn">sends nothing</Badge>}
      </h2>
      <Feeds feeds={connection.feeds} />
      <Abilities can={connection.can} />
      <p>
        <button type="button" onClick={() => void poll()}>
          Poll now
        </button>{' '}
        <span role="status">{message}</span>
      </p>
      <Backfill id={connection.id} />
    </section>
  );
}

function Checks() {
  const [asked, setAsked] = useState(0);
  const { value, error, loading } = useLoad(`doctor ${asked}`, async () =>
    asked === 0 ? undefined : await api.doctor(),
  );
  const [tested, setTested] = useState<Readonly<Record<string, string>>>({});
  const test = async (id: string) => {
    const result = await api.testSink(id).catch((failure: unknown) => ({
      detail: failure instanceof ApiError ? failure.message : 'That did not work; try again.',
    }));
    setTested((before) => ({ ...before, [id]: result.detail }));
  };
  return (
    <section class="card" aria-label="Checks">
      <h2>Doctor</h2>
      <p>Tries every key and every sink, and says what to fix.</p>
      <button type="button" onClick={() => setAsked(asked + 1)} disabled={loading && asked > 0}>
        Check now
      </button>
      {loading && asked > 0 && <Loading what="the checks" />}
      {error && <Trouble error={error} />}
      <ul class="checks">
        {value?.items.map(({ subject, state, detail }) => (
          <li key={subject}>
            <Badge tone={CHECK_TONES[state]}>{state}</Badge> <strong>{shown(subject)}</strong>: {shown(detail)}{' '}
            {subject.startsWith('sink ') && (
              <button type="button" class="link" onClick={() => void test(subject.slice(5))}>
                Send a sample
              </button>
            )}{' '}
            <span role="status">{tested[subject.slice(5)]}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Each connection with its feeds, and whether everything works. */
export function Connections({
  connections,
  reload,
}: {
  readonly connections: readonly ConnectionView[];
  readonly reload: () => void;
}) {
  return (
    <main class="page">
      <h1>Connections</h1>
      {connections.length === 0 && (
        <Empty title="No connection yet">
          <p>Name one in replybus.config.json and start again.</p>
        </Empty>
      )}
      {connections.map((connection) => (
        <Connection key={connection.id} connection={connection} reload={reload} />
      ))}
      <Checks />
    </main>
  );
}
