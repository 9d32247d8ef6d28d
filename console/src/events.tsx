import { useState } from 'preact/hooks';
import { api, type EventFilter, type EventView, sentenceOf } from './core/api.ts';
import { useLoad } from './core/load.ts';
import { hrefOf } from './core/route.ts';
import { Badge, Empty, Loading, shown, Time, Trouble } from './parts/parts.tsx';

const EVERY_MS = 10_000;

const TYPES = [
  'reply.received',
  'reply.interested',
  'reply.unreadable',
  'connection.unauthorized',
  'connection.recovered',
  'sink.disabled',
  'send.needs_decision',
  'send.failed',
];

type Delivery = NonNullable<EventView['deliveries']>[string];
const TONES: Readonly<Record<Delivery['state'], string>> = { delivered: 'good', pending: 'busy', parked: 'bad' };

/** Text at the end of a path in a document whose form differs by type. */
function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  let at = value;
  for (const name of path)
    at = typeof at === 'object' && at !== null ? new Map(Object.entries(at)).get(name) : undefined;
  return typeof at === 'string' ? at : undefined;
}

function saidOf({ event, type }: EventView): string {
  if (event === null) return 'Its text went after 90 days.';
  const name = textAt(event, 'data', 'lead', 'name') ?? textAt(event, 'data', 'lead', 'email');
  if (name !== undefined) {
    const words = textAt(event, 'data', 'message', 'preview') ?? '';
    return `${name}${type === 'reply.interested' ? ' is interested' : ''}: ${words}`;
  }
  return textAt(event, 'data', 'reason') ?? textAt(event, 'data', 'detail') ?? type;
}

/** A status is the receiver's own answer; what else went wrong is in words. */
function troubleOf(lastError: string): string {
  const [, status] = /^HTTP (\d{3})$/.exec(lastError) ?? [];
  return status === undefined ? shown(lastError) : `the receiver answered ${status}`;
}

function DeliveryLine({ sink, delivery }: { readonly sink: string; readonly delivery: Delivery }) {
  return (
    <li>
      <Badge tone={TONES[delivery.state]}>{delivery.state}</Badge> <strong>{shown(sink)}</strong>{' '}
      <span>
        {delivery.tries} {delivery.tries === 1 ? 'attempt' : 'attempts'}
        {delivery.triedAt !== null && (
          <>
            , last <Time at={delivery.triedAt} />
          </>
        )}
        {delivery.state === 'pending' && delivery.nextAt !== null && (
          <>
            , next <Time at={delivery.nextAt} />
          </>
        )}
        {delivery.lastError !== null && <>: {troubleOf(delivery.lastError)}</>}
      </span>
    </li>
  );
}

function EventRow({ event, replay }: { readonly event: EventView; readonly replay: () => void }) {
  const [open, setOpen] = useState(false);
  const deliveries = Object.entries(event.deliveries ?? {});
  const thread = textAt(event.event, 'data', 'thread', 'id');
  return (
    <li class="event">
      <button type="button" class="summary" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Time at={event.recordedAt} />
        <code>{event.type}</code>
        <span class="words">
          <bdi>{shown(saidOf(event))}</bdi>
        </span>
        <span class="states">
          {deliveries.map(([sink, delivery]) => (
            <Badge key={sink} tone={TONES[delivery.state]}>
              {shown(sink)}
            </Badge>
          ))}
          {deliveries.length === 0 && <small>no sink</small>}
        </span>
      </button>
      {open && (
        <div class="detail">
          <ul>
            {deliveries.map(([sink, delivery]) => (
              <DeliveryLine key={sink} sink={sink} delivery={delivery} />
            ))}
          </ul>
          <p>
            <small>
              <code>{event.id}</code>, connection {shown(event.connection)}
            </small>
          </p>
          <div class="actions">
            <button type="button" onClick={replay}>
              Deliver again
            </button>
            {thread !== undefined && (
              <a
                href={hrefOf({
                  view: 'inbox',
                  subject: thread.includes('/') ? thread : `${event.connection}/${thread}`,
                })}
              >
                Open the thread
              </a>
            )}
          </div>
          {event.event !== null && (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a long document scrolls, by the keyboard too.
            <pre tabIndex={0}>
              {JSON.stringify(event.event, null, 2).replace(
                /[\p{Cf}\u007f-\u009f\u2028\u2029]/gu,
                (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
              )}
            </pre>
          )}
        </div>
      )}
    </li>
  );
}

/** What was recorded, and what became of it at each sink. */
export function Events() {
  const [filter, setFilter] = useState<EventFilter>({});
  const [older, setOlder] = useState<readonly EventView[]>([]);
  const [cursor, setCursor] = useState<string | null>();
  const [message, setMessage] = useState<string>();
  const { value, error, reload } = useLoad(
    `events ${JSON.stringify(filter)}`,
    async () => await api.events(filter),
    EVERY_MS,
  );
  const change = (next: EventFilter) => {
    setOlder([]);
    setCursor(undefined);
    setFilter(next);
  };
  const act = async (work: () => Promise<{ readonly replayed: number }>) => {
    try {
      const { replayed } = await work();
      setMessage(
        replayed === 0
          ? 'There was nothing to deliver again.'
          : `${replayed} ${replayed === 1 ? 'event goes' : 'events go'} out again.`,
      );
      reload();
    } catch (failure) {
      setMessage(sentenceOf(failure));
    }
  };
  const from = cursor === undefined ? value?.cursor : cursor;
  const further = async () => {
    if (typeof from !== 'string') return;
    const page = await api.events({ ...filter, cursor: from });
    setOlder([...older, ...page.items]);
    setCursor(page.cursor);
  };
  const known = new Set(value?.items.map(({ id }) => id));
  const events = [...(value?.items ?? []), ...older.filter(({ id }) => !known.has(id))];
  return (
    <main class="page events">
      <h1>Events</h1>
      <div class="choices">
        <select
          aria-label="Type of event"
          value={filter.type ?? ''}
          onChange={({ currentTarget: { value: type } }) => {
            const { type: _, ...rest } = filter;
            change(type === '' ? rest : { ...rest, type });
          }}
        >
          <option value="">Every type</option>
          {TYPES.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
        <button
          type="button"
          aria-pressed={filter.undelivered === true}
          onClick={() => {
            const { undelivered, ...rest } = filter;
            change(undelivered ? rest : { ...rest, undelivered: true });
          }}
        >
          Not delivered
        </button>
        <button type="button" onClick={() => void act(async () => await api.replayFailed('7d'))}>
          Deliver all that failed in 7 days again
        </button>
      </div>
      {message && <p role="status">{message}</p>}
      {error && <Trouble error={error} retry={reload} />}
      {!value && !error && <Loading what="events" />}
      {value && events.length === 0 && (
        <Empty title="Nothing recorded">
          <p>Each reply that comes in becomes an event here, and each event shows where it was delivered.</p>
        </Empty>
      )}
      <ol class="timeline">
        {events.map((event) => (
          <EventRow key={event.id} event={event} replay={() => void act(async () => await api.replay(event.id))} />
        ))}
      </ol>
      {typeof from === 'string' && (
        <button type="button" onClick={() => void further()}>
          Older events
        </button>
      )}
    </main>
  );
}
