import { useState } from 'preact/hooks';
import { api, type CheckView, type ConnectionView, sentenceOf } from '../core/api.ts';
import { useLoad } from '../core/load.ts';
import { hrefOf } from '../core/route.ts';
import { Badge, Empty, Loading, said, shown, Trouble } from '../parts/parts.tsx';
import { Backfill } from './backfill.tsx';
import { Budgets, type FeedNames, Feeds, Readings } from './feeds.tsx';
import { Probe } from './probe.tsx';
import { Sinks, Subscriptions } from './sinks.tsx';

const CHECK_TONES: Readonly<Record<CheckView['state'], string>> = { ok: 'good', warning: 'warn', broken: 'bad' };

function Abilities({ can }: Pick<ConnectionView, 'can'>) {
  const said = [
    can.reply.copies ? 'reply with cc and bcc' : 'reply',
    can.forward ? 'forward' : 'no forward (name your mail server in the config)',
    can.star === 'vendor' ? 'star' : 'star (kept by Replybus)',
    can.read ? 'mark read' : 'no read marks',
  ];
  return <p class="soft">Can {said.join(' · ')}</p>;
}

interface ConnectionProperties {
  readonly connection: ConnectionView;
  readonly names: FeedNames;
  reload(): void;
}

function Connection({ connection, names, reload }: ConnectionProperties) {
  const [message, setMessage] = useState<string>();
  const poll = async () => {
    try {
      await api.poll(connection.id);
      setMessage('Polled.');
      reload();
    } catch (error) {
      setMessage(sentenceOf(error));
    }
  };
  return (
    <section class="card" aria-label={`Connection ${connection.id}`}>
      <h2>
        {shown(connection.id)} <Badge tone="plain">{connection.providerName}</Badge>{' '}
        {connection.paused && <Badge tone="warn">paused</Badge>}{' '}
        {connection.sending.off && <Badge tone="warn">sends nothing</Badge>}
      </h2>
      {connection.trouble !== null && <p role="alert">{said(connection.trouble)}</p>}
      {connection.troubles.length > 0 && (
        <ul aria-label="What fails">
          {connection.troubles.map(({ feed, what, detail }) => (
            <li key={`${what} ${feed}`}>{said(detail)}</li>
          ))}
        </ul>
      )}
      <Feeds feeds={connection.feeds} names={names} />
      <Readings readings={connection.readings} names={names} />
      <Budgets budget={connection.budget} />
      <Abilities can={connection.can} />
      <div class="tools">
        <p>
          <button type="button" onClick={() => void poll()}>
            Poll now
          </button>{' '}
          <span role="status">{message && shown(message)}</span>
        </p>
        <Backfill id={connection.id} />
      </div>
      <Probe id={connection.id} />
    </section>
  );
}

function Checks() {
  const [asked, setAsked] = useState(0);
  const { value, error, loading } = useLoad(`doctor ${asked}`, async () =>
    asked === 0 ? undefined : await api.doctor(),
  );
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
          <li key={`${subject} ${detail}`}>
            <Badge tone={CHECK_TONES[state]}>{state}</Badge> <strong>{shown(subject)}</strong>: {said(detail)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Each connection with its feeds, where its events go, and whether everything works. */
export function Connections({
  connections,
  reload,
}: {
  readonly connections: readonly ConnectionView[];
  readonly reload: () => void;
}) {
  const campaigns = useLoad('campaigns', api.campaigns);
  const names = new Map(campaigns.value?.items.map(({ id, name }) => [id, name]));
  return (
    <main class="page">
      <h1>Connections</h1>
      {connections.length === 0 && (
        <Empty title="No connection yet">
          <p>
            <a href={hrefOf({ view: 'start' })}>Connect an account</a>, or name one in replybus.config.json and start
            again.
          </p>
        </Empty>
      )}
      {connections.map((connection) => (
        <Connection key={connection.id} connection={connection} names={names} reload={reload} />
      ))}
      <Sinks />
      <Subscriptions />
      <Checks />
    </main>
  );
}
