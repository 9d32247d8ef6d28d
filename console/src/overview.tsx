import { api, type StatsView } from './core/api.ts';
import { useLoad } from './core/load.ts';
import { hrefOf } from './core/route.ts';
import { spanText } from './core/time.ts';
import { SendStatus } from './inbox/send-status.tsx';
import { Bars } from './parts/bars.tsx';
import { Badge, Empty, Loading, shown, Trouble } from './parts/parts.tsx';
import { Share } from './parts/share.tsx';
import { useSinkNames } from './parts/sink-names.ts';

const EVERY_MS = 30_000;
const DAYS = 30;

function Unsettled() {
  const { value, error, reload } = useLoad(
    'waiting',
    async () => {
      const lists = await Promise.all(
        ['needs_decision', 'uncertain', 'failed', 'refused'].map(async (state) => await api.sends({ state })),
      );
      return lists.flatMap(({ items }) => items);
    },
    EVERY_MS,
  );
  return (
    <>
      {error && <Trouble error={error} retry={reload} />}
      {!value && !error && <Loading what="sends" />}
      {value?.length === 0 && <p>No mail waits for a decision.</p>}
      {value?.map((send) => (
        <div key={send.id} class="unsettled">
          <SendStatus send={send} changed={reload} />
          <a href={hrefOf({ view: 'inbox', subject: send.thread })}>Open its thread</a>
        </div>
      ))}
    </>
  );
}

function Waiting({ waiting: { parked, unauthorized } }: Pick<StatsView, 'waiting'>) {
  return (
    <section class="card" aria-label="What waits for a person">
      <h2>What waits for a person</h2>
      {unauthorized.map((connection) => (
        <p key={connection}>
          <Badge tone="bad">no access</Badge> The vendor refuses the key of <strong>{shown(connection)}</strong>: put in
          a new one and start again.
        </p>
      ))}
      {parked > 0 && (
        <p>
          <Badge tone="bad">{parked}</Badge> {parked === 1 ? 'delivery is' : 'deliveries are'} parked: mend the
          receiver, then <a href={hrefOf({ view: 'events' })}>deliver again</a>.
        </p>
      )}
      <Unsettled />
    </section>
  );
}

function Deliveries({ deliveries }: Pick<StatsView, 'deliveries'>) {
  const names = useSinkNames();
  if (deliveries.length === 0) return <p>Nothing was delivered: name a sink in the config, or subscribe a webhook.</p>;
  return (
    <table class="deliveries">
      <thead>
        <tr>
          <th scope="col">Sink</th>
          <th scope="col" class="chart">
            Share
          </th>
          <th scope="col">Delivered</th>
          <th scope="col">Under way</th>
          <th scope="col">Parked</th>
        </tr>
      </thead>
      <tbody>
        {deliveries.map(({ sink, delivered, pending, parked }) => (
          <tr key={sink}>
            <th scope="row">{sink === '*' ? 'all others' : shown(names.short(sink))}</th>
            <td class="chart">
              <Share
                of={shown(names.short(sink))}
                parts={[
                  { name: 'delivered', count: delivered, tone: 'good' },
                  { name: 'under way', count: pending, tone: 'busy' },
                  { name: 'parked', count: parked, tone: 'bad' },
                ]}
              />
            </td>
            <td>{delivered}</td>
            <td>{pending}</td>
            <td>{parked > 0 ? <Badge tone="bad">{parked}</Badge> : 0}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const spanOrNone = (ms: number | null): string => (ms === null ? '–' : spanText(ms));

/** How it goes: replies a day, how soon they were recorded, what each sink got. */
export function Overview() {
  const { value, error, reload } = useLoad('stats', async () => await api.stats(DAYS), EVERY_MS);
  if (!value)
    return (
      <main class="page">{error ? <Trouble error={error} retry={reload} /> : <Loading what="the numbers" />}</main>
    );
  const { days, latency, deliveries, waiting } = value;
  const total = days.reduce((sum, { replies }) => sum + replies, 0);
  const interested = days.reduce((sum, day) => sum + day.interested, 0);
  return (
    <main class="page">
      <h1>Overview</h1>
      {error && <Trouble error={error} retry={reload} />}
      <p class="soft">The last {DAYS} days, by UTC. What comes is counted within half a minute.</p>
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
          <strong>{spanOrNone(latency.p50Ms)}</strong>
          <span>half recorded within</span>
        </div>
        <div class="tile">
          <strong>{spanOrNone(latency.p95Ms)}</strong>
          <span>95 % recorded within</span>
        </div>
      </div>
      <Waiting waiting={waiting} />
      <section class="card" aria-label="Replies a day">
        <h2>Replies a day</h2>
        {total + interested === 0 ? (
          <Empty title="No replies in this time">
            <p>
              See whether your <a href={hrefOf({ view: 'connections' })}>connections</a> are polled.
            </p>
          </Empty>
        ) : (
          <Bars days={days} />
        )}
      </section>
      <section class="card" aria-label="Deliveries">
        <h2>Deliveries</h2>
        <Deliveries deliveries={deliveries} />
      </section>
    </main>
  );
}
