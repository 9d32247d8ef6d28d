import { useState } from 'preact/hooks';
import { api, type EventFilter, type EventView, sentenceOf } from './core/api.ts';
import { useLoad } from './core/load.ts';
import { hrefOf } from './core/route.ts';
import { Badge, Empty, Loading, shown, Time, Trouble } from './parts/parts.tsx';
import { type SinkNames, useSinkNames } from './parts/sink-names.ts';

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
const STATES: Readonly<Record<Delivery['state'], readonly [tone: string, words: string]>> = {
  delivered: ['good', 'delivered'],
  pending: ['busy', 'under way'],
  parked: ['bad', 'parked'],
};
const FAILED_ONCE = ['warn', 'trying again'] as const;

const stateOf = ({ state, lastError }: Delivery) =>
  state === 'pending' && lastError !== null ? FAILED_ONCE : STATES[state];

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

function DeliveryLine({ name, delivery }: { readonly name: string; readonly delivery: Delivery }) {
  const [tone, words] = stateOf(delivery);
  return (
    <li>
      <Badge tone={tone}>{words}</Badge> <strong>{shown(name)}</strong>{' '}
      <span>
        {delivery.tries} {delivery.tries === 1 ? 'attempt' : 'attempts'}
        {delivery.triedAt !== null && (
          <>
            , last at <Time at={delivery.triedAt} />
          </>
        )}
        {delivery.state === 'pending' && delivery.nextAt !== null && (
          <>
            , next at <Time at={delivery.nextAt} />
          </>
        )}
        {delivery.lastError !== null && <>: {troubleOf(delivery.lastError)}</>}
      </span>
    </li>
  );
}

interface RowProperties {
  readonly event: EventView;
  readonly names: SinkNames;
  replay(): void;
}

function EventRow({ event, names, replay }: RowProperties) {
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
            <Badge key={sink} tone={stateOf(delivery)[0]}>
              {shown(names.short(sink))}
              <span class="unseen"> {stateOf(delivery)[1]}</span>
            </Badge>
          ))}
          {deliveries.length === 0 && <small>no sink</small>}
        </span>
      </button>
      {open && (
        <div class="detail">
          <ul>
            {deliveries.map(([sink, delivery]) => (
              <DeliveryLine key={sink} name={names.long(sink)} delivery={delivery} />
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
            <details>
              <summary>As a sink receives it</summary>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long document scrolls, by the keyboard too. */}
              <pre tabIndex={0}>
                {JSON.stringify(event.event, null, 2).replace(
                  /[\p{Cf}\u007f-\u009f\u2028\u2029]/gu,
                  (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
                )}
              </pre>
            </details>
          )}
        </div>
      )}
    </li>
  );
}

function NoEvents({ filter: { type, undelivered } }: { readonly filter: EventFilter }) {
  if (undelivered)
    return (
      <Empty title="Everything arrived">
        <p>What a sink has not taken yet stands here until it has.</p>
      </Empty>
    );
  if (type !== undefined)
    return (
      <Empty title="None of this type">
        <p>Choose every type to see what was recorded.</p>
      </Empty>
    );
  return (
    <Empty title="Nothing recorded yet">
      <p>Each reply that comes in becomes an event here, and each event shows where it was delivered.</p>
    </Empty>
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
  const names = useSinkNames();
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
    try {
      const page = await api.events({ ...filter, cursor: from });
      setOlder([...older, ...page.items]);
      setCursor(page.cursor);
    } catch (failure) {
      setMessage(sentenceOf(failure));
    }
  };
  const known = new Set(value?.items.map(({ id }) => id));
  const events = [...(value?.items ?? []), ...older.filter(({ id }) => !known.has(id))];
  return (
    <main class="page events">
      <h1>Events</h1>
      <div class="toolbar">
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
          class="chip"
          aria-pressed={filter.undelivered === true}
          onClick={() => {
            const { undelivered, ...rest } = filter;
            change(undelivered ? rest : { ...rest, undelivered: true });
          }}
        >
          Not delivered
        </button>
        <button type="button" class="end" onClick={() => void act(async () => await api.replayFailed('7d'))}>
          Deliver again what failed in 7 days
        </button>
      </div>
      {message && <p role="status">{message}</p>}
      {error && <Trouble error={error} retry={reload} />}
      {!value && !error && <Loading what="events" />}
      {value && events.length === 0 && <NoEvents filter={filter} />}
      <ol class="timeline">
        {events.map((event) => (
          <EventRow
            key={event.id}
            event={event}
            names={names}
            replay={() => void act(async () => await api.replay(event.id))}
          />
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
