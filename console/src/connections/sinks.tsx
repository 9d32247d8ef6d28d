import { useState } from 'preact/hooks';
import { api, type SinkView, type SubscriptionView, sentenceOf } from '../core/api.ts';
import { useLoad } from '../core/load.ts';
import { Badge, Loading, shown, Time, Trouble } from '../parts/parts.tsx';

/** Both change from elsewhere: the config, a receiver that is gone, a Zap that is switched on. */
const EVERY_MS = 30_000;

function Sink({
  sink: { id, type, off, offBecause, takesSample },
  tested,
}: {
  readonly sink: SinkView;
  tested(): void;
}) {
  const [line, setLine] = useState<string>();
  const test = async () => {
    setLine('Sends a sample …');
    try {
      setLine((await api.testSink(id)).detail);
      tested();
    } catch (error) {
      setLine(sentenceOf(error));
    }
  };
  return (
    <li>
      <strong>{shown(id)}</strong> <Badge tone="plain">{shown(type)}</Badge>{' '}
      {off && <Badge tone="bad">switched off: {shown(offBecause ?? '')}</Badge>}{' '}
      {takesSample && (
        <button type="button" onClick={() => void test()}>
          Send a sample<span class="unseen"> to {shown(id)}</span>
        </button>
      )}{' '}
      <span role="status">{line && shown(line)}</span>
    </li>
  );
}

export function Sinks() {
  const { value, error, reload } = useLoad('sinks', api.sinks, EVERY_MS);
  return (
    <section class="card" aria-label="Sinks">
      <h2>Sinks</h2>
      {error && <Trouble error={error} retry={reload} />}
      {!value && !error && <Loading what="sinks" />}
      {value?.items.length === 0 && <p>The config names none: events are recorded, and go to subscriptions alone.</p>}
      <ul class="checks">
        {value?.items.map((sink) => (
          <Sink key={sink.id} sink={sink} tested={reload} />
        ))}
      </ul>
    </section>
  );
}

function filterText({ events, connections, campaigns, interested, intents }: SubscriptionView): string {
  const said = [
    events === null ? 'every event' : events.join(', '),
    connections && `of ${connections.join(', ')}`,
    campaigns && `in ${campaigns.length} ${campaigns.length === 1 ? 'campaign' : 'campaigns'}`,
    interested !== null && (interested ? 'of interested leads' : 'of leads that are not interested'),
    intents && `labelled ${intents.join(', ')}`,
  ];
  return said.filter(Boolean).join(' ');
}

function Subscription({
  subscription,
  changed,
}: {
  readonly subscription: SubscriptionView;
  readonly changed: () => void;
}) {
  const { id, url, createdAt } = subscription;
  const [isAsked, setAsked] = useState(false);
  const [line, setLine] = useState<string>();
  const remove = async () => {
    try {
      await api.unsubscribe(id);
      changed();
    } catch (error) {
      setLine(sentenceOf(error));
      setAsked(false);
    }
  };
  return (
    <li>
      <bdi class="url">{shown(url)}</bdi>: {shown(filterText(subscription))}, since <Time at={createdAt} />{' '}
      {isAsked ? (
        <>
          Its receiver hears nothing any more.{' '}
          <button type="button" onClick={() => void remove()}>
            Remove it
          </button>{' '}
          <button type="button" class="quiet" onClick={() => setAsked(false)}>
            Keep it
          </button>
        </>
      ) : (
        <button type="button" onClick={() => setAsked(true)}>
          Remove<span class="unseen"> {shown(url)}</span>
        </button>
      )}{' '}
      <span role="status">{line}</span>
    </li>
  );
}

export function Subscriptions() {
  const { value, error, reload } = useLoad('subscriptions', api.subscriptions, EVERY_MS);
  return (
    <section class="card" aria-label="Subscriptions">
      <h2>Subscriptions</h2>
      <p>Webhooks made at run time, such as by Zapier's instant triggers.</p>
      {error && <Trouble error={error} retry={reload} />}
      {!value && !error && <Loading what="subscriptions" />}
      {value?.items.length === 0 && <p>None yet.</p>}
      <ul class="checks">
        {value?.items.map((subscription) => (
          <Subscription key={subscription.id} subscription={subscription} changed={reload} />
        ))}
      </ul>
    </section>
  );
}
