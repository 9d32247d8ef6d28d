import type { CheckView } from '../shared/api/shapes.ts';
import { ProviderError } from '../shared/failure.ts';
import type { DeliveryPorts } from '../shared/outbox/deliver.ts';
import { disabledSinks } from '../shared/outbox/disabled.ts';
import { LOCAL_SHARD } from '../shared/polling/poller.ts';
import type { LocalConnection } from './connections.ts';

/** A machine's clock this far from the vendor's is worth a word; delivery times are ours, decisions are the vendor's. */
const SKEW_MS = 2 * 60_000;

const ok = (subject: string, detail: string): CheckView => ({ subject, state: 'ok', detail });
const warning = (subject: string, detail: string): CheckView => ({ subject, state: 'warning', detail });
const broken = (subject: string, detail: string): CheckView => ({ subject, state: 'broken', detail });

/** What a check found; a vendor's failure is a finding, and its sentence says what to fix. */
async function found(subject: string, check: () => Promise<CheckView>): Promise<CheckView> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return error.failure.kind === 'throttled' ? warning(subject, error.message) : broken(subject, error.message);
  }
}

async function checkKey({ id, connection }: LocalConnection): Promise<CheckView> {
  const subject = `connection ${id}`;
  return await found(subject, async () => {
    const { warning: words } = await connection.verify();
    return words ? warning(subject, words) : ok(subject, `${connection.provider.label} accepts the key.`);
  });
}

async function checkCampaigns({ id, connection }: LocalConnection): Promise<CheckView> {
  const subject = `connection ${id}, campaigns`;
  return await found(subject, async () => {
    try {
      const campaigns = await connection.campaigns.list();
      return ok(subject, `${campaigns.length} campaigns can be listed.`);
    } catch (error) {
      // Polling goes on without this list where the vendor has one feed for all.
      if (error instanceof ProviderError && error.failure.kind === 'scope') return warning(subject, error.message);
      throw error;
    }
  });
}

async function checkInbox({ id, connection, campaigns }: LocalConnection, now: () => number): Promise<CheckView> {
  const subject = `connection ${id}, replies`;
  return await found(subject, async () => {
    const [feed] = await connection.feeds.feeds(campaigns);
    if (!feed) return warning(subject, 'There is nothing to poll yet; it starts with the first campaign.');
    const { date } = (await connection.feeds.rows(feed, { offset: 0, rows: 1 })).page();
    const skew = date === undefined ? 0 : Math.abs(now() - date);
    if (skew <= SKEW_MS) return ok(subject, 'Replies can be read.');
    const minutes = Math.round(skew / 60_000);
    return warning(subject, `The clock of this machine is ${minutes} min off the vendor's; set it by NTP.`);
  });
}

async function checkOrder({ id }: LocalConnection, { store }: DeliveryPorts): Promise<readonly CheckView[]> {
  const heads = await store.list(LOCAL_SHARD, `${id}/`);
  const unordered = heads.filter(({ value }) => value.unorderedAt !== undefined).length;
  if (unordered === 0) return [];
  const detail = `The vendor lists ${unordered} feeds out of order, so each is read whole, less often; replies come later.`;
  return [warning(`connection ${id}, order`, detail)];
}

async function checkSinks(ports: DeliveryPorts): Promise<readonly CheckView[]> {
  const disabled = await disabledSinks(ports);
  return ports.sinks.map(({ id, type }) => {
    const subject = `sink ${id}`;
    if (disabled.has(id))
      return broken(
        subject,
        `Its receiver answered 410, so it is switched off; mend the receiver or the URL, then run "replybus sinks test ${id}".`,
      );
    if (type !== 'webhook') return ok(subject, 'Ready.');
    return ok(subject, `Its URL and secret have the right form; try it with "replybus sinks test ${id}".`);
  });
}

/** Asks every connection and sink how it is. */
export async function examine(
  connections: readonly LocalConnection[],
  ports: DeliveryPorts,
): Promise<readonly CheckView[]> {
  const perConnection = connections.map(async (connection) => {
    const key = await checkKey(connection);
    if (key.state === 'broken') return [key];
    const campaigns = await checkCampaigns(connection);
    const inbox = await checkInbox(connection, () => ports.clock.now());
    return [key, campaigns, inbox, ...(await checkOrder(connection, ports))];
  });
  const checks = (await Promise.all(perConnection)).flat();
  return [...checks, ...(await checkSinks(ports))];
}
