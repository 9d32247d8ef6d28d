import { api, type EventView } from './core/api.ts';
import { useLoad } from './core/load.ts';
import { hrefOf } from './core/route.ts';
import { statsOf } from './core/stats.ts';
import { spanText } from './core/time.ts';
import { SendStatus } from './inbox/send-status.tsx';
import { Bars } from './parts/bars.tsx';
import { Badge, Empty, Loading, shown, Trouble } from './parts/parts.tsx';

const EVERY_MS = 30_000;
const DAYS = 30;
const PAGES_MAX = 5;
const PER_PAGE = 200;

/** So many of the newest events that the answer costs the same however many there are. */
async function recentStats() {
  const events: EventView[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; page < PAGES_MAX && cursor !== null; page += 1) {
    const list = await api.events({ limit: PER_PAGE, since: `${DAYS}d`, ...(cursor ? { cursor } : {}) });
    events.push(...list.items);
    cursor = list.cursor;
  }
  return { ...statsOf(events, DAYS, Date.now()), events: events.length, isAll: cursor === null };
}

function Waiting() {
  const { value, error, reload } = useLoad(
    'waiting',
    async () => {
      const lists = await Promise.all(
        ['needs_decision', 'failed', 'refused'].map(async (state) => await api.sends({ state })),
      );
      return lists.flatMap(({ items }) => items);
    },
    EVERY_MS,
  );
  return (
    <section class="card" aria-label="What waits for a person">
      <h2>What waits for a person</h2>
      {error && <Trouble error={error} retry={reload} />}
      {!value && !error && <Loading what="sends" />}
      {value?.length === 0 && <p>Nothing: every mail is settled.</p>}
      {value?.map((send) => (
        <div key={send.id}>
          <a href={hrefOf({ view: 'inbox', subject: send.thread })}>Open its thread</a>
          <SendStatus send={send} changed={reload} />
        </div>
      ))}
    </section>
  );
}

/** How it goes: replies a day, how long until they were told, what each sink got. */
export function Overview() {
  const { value, error, reload } = useLoad('stats', recentStats);
  if (!value)
    return (
      <main class="page">{error ? <Trouble error={error} retry={reload} /> : <Loading what="the numbers" />}</main>
    );
  const total = value.days.reduce((sum, { replies }) => sum + replies, 0);
  const interested = value.days.reduce((sum, day) => sum + day.interested, 0);
  return (
    <main class="page">
      <h1>Overview</h1>
      {error && <Trouble error={error} retry={reload} />}
      <p>
        {value.isAll ? `The last ${DAYS} days` : `The newest ${value.events} events of the last ${DAYS} days`}, when
        this page was opened.{' '}
        <button type="button" class="link" onClick={reload}>
          Count again
        </button>
      </p>
      <div class="tiles">
        <div class="tile">
          <strong>{total}</strong>
          <span>replies</span>
        </div>
        <div class="tile">
          <strong>{interested}</strong>
          <span>interested</span>
        </div>
        <div class="tile">
          <strong>{value.toldMs.p50 === null ? '–' : spanText(value.toldMs.p50)}</strong>
          <span>from recorded to delivered, half of them</span>
        </div>
        <div class="tile">
          <strong>{value.toldMs.p95 === null ? '–' : spanText(value.toldMs.p95)}</strong>
          <span>from recorded to delivered, 19 of 20</span>
        </div>
      </div>
      <section class="card" aria-label="Replies a day">
        <h2>Replies a day</h2>
        {total === 0 ? <Empty title="No replies in this time" /> : <Bars days={value.days} />}
      </section>
      <section class="card" aria-label="Deliveries">
        <h2>Deliveries</h2>
        {value.sinks.length === 0 ? (
          <p>No sink is configured: events are recorded, and go nowhere else.</p>
        ) : (
          <table>
            <thead>
              <tr>
                <th scope="col">Sink</th>
                <th scope="col">Delivered</th>
                <th scope="col">Parked</th>
              </tr>
            </thead>
            <tbody>
              {value.sinks.map(({ sink, delivered, parked }) => (
                <tr key={sink}>
                  <th scope="row">{shown(sink)}</th>
                  <td>{delivered}</td>
                  <td>{parked > 0 ? <Badge tone="bad">{parked}</Badge> : 0}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      <Waiting />
    </main>
  );
}
