import { describe, expect, it } from 'vitest';
import type { ApiConnection } from '../../shared/api/deps.ts';
import { examine } from '../../shared/app/doctor/doctor.ts';
import type { Config } from '../../shared/config/schema.ts';
import type { Secrets } from '../../shared/config/secret.ts';
import { eventId } from '../../shared/events/event.ts';
import { ProviderError } from '../../shared/failure.ts';
import type { Mail } from '../../shared/forwarding/mailer.ts';
import { disableSink } from '../../shared/outbox/disabled.ts';
import { writeDelivery } from '../../shared/outbox/outbox.ts';
import { type Delivery, recordEvent } from '../../shared/outbox/record.ts';
import type { Sink } from '../../shared/outbox/sink.ts';
import {
  type BackfillState,
  backfillStates,
  type Checkpoint,
  checkpoints,
} from '../../shared/polling/state/documents.ts';
import { Troubles } from '../../shared/polling/state/troubles.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';
import { PER_CONVERSATION_PER_DAY, PER_DAY } from '../../shared/sending/limits.ts';
import { indexSend } from '../../shared/sending/list.ts';
import { type StoredSend, writeSend } from '../../shared/sending/send.ts';
import { backfillAddress, feedKey, shardPartition } from '../../shared/store/keys.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import type { Store } from '../../shared/store/store.ts';
import { NOW, sandboxed } from '../providers/sandboxed.ts';
import { storedSend } from '../sending/stored-send.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const [first] = PROVIDERS;
if (!first) throw new Error('There is a provider.');
const key = 'env:KEY';
const entry = { id: 'acme', provider: first.id, apiKey: key };

const present: Secrets = {
  version: 0,
  refresh: async () => {},
  get: () => ({ value: 'a-secret' }),
  again: async () => undefined,
  advice: (text) => `set ${text}`,
};
const well: Mail = {
  checkUrl: () => undefined,
  open: () => Promise.reject(new Error('not asked for')),
  greet: async () => undefined,
};

interface Given {
  readonly config?: Partial<Config>;
  readonly connection?: Partial<ApiConnection>;
  readonly closed?: boolean;
  readonly sinks?: readonly Sink[];
  readonly disabled?: string;
  readonly disabledBecause?: string;
  /** What became of one event each, the oldest first, an hour apart. */
  readonly delivered?: readonly Readonly<Record<string, Delivery>>[];
  readonly subscribed?: readonly Sink[];
  readonly off?: boolean;
  readonly secrets?: Partial<Secrets>;
  readonly mail?: Partial<Mail>;
  /** Of its feed. */
  readonly checkpoint?: Checkpoint;
  /** How far the backfill of its feed came, which nobody asks for any more. */
  readonly backfilled?: BackfillState;
  /** Recorded of the connection, so long ago. */
  readonly unreadable?: readonly { readonly item: string; readonly ago: number }[];
  /** How its feed fails, since an hour ago. */
  readonly failure?: ProviderError;
  readonly sends?: readonly StoredSend[];
  /** Of this machine, from the vendor's. */
  readonly skewMs?: number;
}

async function recordDelivered(store: Store, index: number, deliveries: Readonly<Record<string, Delivery>>) {
  const at = NOW - DAY + index * HOUR;
  const data = { sink: 'x', episode: String(index), reason: 'x' };
  const event = { type: 'sink.disabled', timestamp: new Date(at).toISOString(), data } as const;
  const id = eventId('sink.disabled', '', 'x', String(index));
  await recordEvent({ store, now: () => at }, id, event, '');
  for (const [sink, delivery] of Object.entries(deliveries))
    await writeDelivery(store, { event: id, sink, version: 0 }, delivery);
}

/** What the doctor says of one connection, by subject. */
async function found(given: Given = {}): Promise<Readonly<Record<string, string>>> {
  const { connection } = sandboxed(first as NonNullable<typeof first>);
  const store = memoryStore();
  const clock = { now: () => NOW + (given.skewMs ?? 0), sleep: async () => {} };
  const log = { info: () => {}, warn: () => {} };
  const opened: ApiConnection = {
    id: 'acme',
    connection,
    campaigns: ['*'],
    paused: false,
    lags: async () => [],
    poll: () => Promise.reject(new Error('not asked for')),
    backfill: () => {
      throw new Error('not asked for');
    },
    ...given.connection,
  };
  const limits = { off: given.off ?? false, perDay: PER_DAY, perConversationPerDay: PER_CONVERSATION_PER_DAY };
  const common = { store, clock, random: () => 0.5, log };
  if (given.disabled !== undefined)
    await disableSink({ store, clock }, given.disabled, given.disabledBecause ?? 'HTTP 410');
  for (const [index, deliveries] of (given.delivered ?? []).entries()) await recordDelivered(store, index, deliveries);
  if (given.checkpoint) {
    const address = { partition: shardPartition(0), key: feedKey('acme', 'feed') };
    await checkpoints.put(store, { ...address, value: given.checkpoint }, 0);
  }
  if (given.backfilled)
    await backfillStates.put(store, { ...backfillAddress('acme', 'feed'), value: given.backfilled }, 0);
  if (given.failure) {
    const replies = { failure: given.failure, nextAt: NOW + 12 * MINUTE };
    await new Troubles(store, 'acme').note({ id: 'feed', campaign: null }, { replies }, NOW - HOUR);
  }
  for (const { item, ago } of given.unreadable ?? []) {
    const timestamp = new Date(NOW - ago).toISOString();
    const data = { connection: 'acme', provider: 'cohesive', thread: null, item, issues: ['no sender'] };
    const id = eventId('reply.unreadable', 'acme', '', item);
    await recordEvent({ store, now: () => NOW - ago }, id, { type: 'reply.unreadable', timestamp, data }, 'acme');
  }
  for (const send of given.sends ?? []) {
    await indexSend(store, send);
    await writeSend(store, send, undefined, 0);
  }
  const checks = await examine({
    config: { connections: [entry], ...given.config },
    connections: given.closed ? [] : [opened],
    delivery: { ...common, sinks: given.sinks ?? [], subscribed: async () => given.subscribed ?? [] },
    sending: {
      ...common,
      connections: [{ id: 'acme', connection, limits }],
      newOwner: () => 'owner',
      fetchFile: () => Promise.reject(new Error('not asked for')),
    },
    shardOf: () => 0,
    secrets: { ...present, ...given.secrets },
    mail: { ...well, ...given.mail },
  });
  return Object.fromEntries(checks.map(({ subject, state, detail }) => [subject, `${state}: ${detail}`]));
}

const sink = (id: string): Sink => ({
  id,
  type: 'webhook',
  actsOnOld: true,
  accepts: () => true,
  deliver: async () => ({ kind: 'delivered' }),
});

describe('the doctor', () => {
  it('finds nothing to mend where all is well', async () => {
    const lags = async () => [{ feed: 'f', lagMs: MINUTE, everyMs: MINUTE }];
    const checks = await found({ connection: { lags }, sinks: [sink('crm')] });
    expect(Object.values(checks).every((check) => check.startsWith('ok: '))).toBe(true);
    expect(Object.keys(checks)).toEqual([
      'connection acme',
      'connection acme, campaigns',
      'connection acme, replies',
      'connection acme, polling',
      'sink crm',
    ]);
  });

  it('says of a connection that cannot be opened where its key is looked for', async () => {
    const checks = await found({ closed: true, secrets: { get: () => ({ lack: 'secret' }) } });
    expect(checks).toEqual({ 'connection acme': 'broken: Its key cannot be read; set env:KEY.' });
  });

  it('says of a key that no header carries what is wrong with it', async () => {
    const checks = await found({ closed: true, secrets: { get: () => ({ value: 'two\nlines' }) } });
    expect(checks['connection acme']).toBe(
      'broken: Its key holds a space, a line break or another sign that no key has; set env:KEY.',
    );
  });

  it('tells a key that is there from a config that is wrong', async () => {
    expect((await found({ closed: true }))['connection acme']).toMatch(/^broken: It cannot be opened .* baseUrl\.$/);
  });

  it('says how late the latest feed is', async () => {
    const lags = async () => [
      { feed: 'a', lagMs: 3 * MINUTE, everyMs: MINUTE },
      { feed: 'b', lagMs: 40 * MINUTE, everyMs: MINUTE },
    ];
    expect((await found({ connection: { lags } }))['connection acme, polling']).toBe(
      'warning: 1 of 2 feeds are late, the latest by 40 min: b.',
    );
  });

  it('says that its only feed is polled', async () => {
    const lags = async () => [{ feed: 'a', lagMs: 0, everyMs: MINUTE }];
    expect((await found({ connection: { lags } }))['connection acme, polling']).toBe('ok: 1 feed is polled in time.');
  });

  it('says that a feed is read through for the first time', async () => {
    const checkpoint = { lowWatermark: 1, digest: '', interestedDigest: '', reconciledAt: 1, baseline: true } as const;
    expect((await found({ checkpoint }))['connection acme, baseline']).toBe(
      'ok: 1 feed is read through for the first time; until then new replies may take some minutes.',
    );
  });

  it('says which campaigns of the config the vendor does not list', async () => {
    const checks = await found({ connection: { campaigns: ['*', 'no-such-id'] } });
    expect(checks['connection acme, campaigns']).toMatch(
      /^warning: The config names no-such-id, which \w+ does not list, so nothing is told of that; correct "campaigns" by "replybus campaigns acme"\.$/,
    );
  });

  it('names what is read over many polls, and how far it has come', async () => {
    const resume = { read: 40, nextLowWatermark: 1 };
    const interestedScan = { read: 20, total: 90 };
    const checkpoint = { lowWatermark: 1, digest: '', interestedDigest: '', reconciledAt: 1, resume, interestedScan };
    expect((await found({ checkpoint }))['connection acme, readings']).toBe(
      'ok: Under way, a slice with each poll: list of feed, 40 rows so far; interested list of feed, 20 of 90 rows so far.',
    );
  });

  it('says of a backfill that was stopped that it stands still', async () => {
    const backfilled = { since: 0, list: { done: [] }, threads: 7, recorded: 3 };
    const checks = await found({ backfilled });
    expect(checks['connection acme, backfill']).toBe(
      'ok: The backfill of feed was stopped before its end and stands still; asked for again, it goes on.',
    );
    expect(checks['connection acme, readings']).toBeUndefined();
  });

  it('names a feed that fails, with the answer, since when, when it is tried again, and what to do', async () => {
    const place = { provider: 'Vendor', operation: 'list threads', status: 500 };
    const failure = new ProviderError({ kind: 'unavailable', mayHaveHappened: false, code: 'HTTP 500' }, place);
    expect((await found({ failure }))['connection acme, replies of feed']).toMatch(
      /^warning: Nothing can be read of feed since \d{4}-\d\d-\d\d \d\d:\d\d UTC: Vendor could not be reached or answered with an error \(HTTP 500\); it is tried again at \d{4}-\d\d-\d\d \d\d:\d\d UTC; nothing is to be done unless that lasts; ask the vendor then\.$/,
    );
  });

  it('says of a feed whose list comes too late that it is not answered in time', async () => {
    const place = { provider: 'Vendor', operation: 'list threads' };
    const failure = new ProviderError({ kind: 'unavailable', mayHaveHappened: false, code: 'timeout' }, place);
    expect((await found({ failure }))['connection acme, replies of feed']).toContain(
      'Vendor did not answer in time (timeout);',
    );
  });

  it('reads the replies of another campaign where the first one fails', async () => {
    const { connection } = sandboxed(first as NonNullable<typeof first>);
    const feeds = [{ id: 'broken', campaign: null }, ...(await connection.feeds.feeds(['*']))];
    const rows: typeof connection.feeds.rows = async (feed, query) => {
      if (feed.id !== 'broken') return await connection.feeds.rows(feed, query);
      throw new ProviderError({ kind: 'not-found' }, { provider: 'Vendor', operation: 'list threads' });
    };
    const reader = { ...connection.feeds, feeds: async () => feeds, rows };
    const checks = await found({ connection: { connection: { ...connection, feeds: reader } } });
    expect(checks['connection acme, replies']).toBe('ok: Replies can be read.');
  });

  it('says of campaigns that are listed no more whether they are polled on', async () => {
    const { connection } = sandboxed(first as NonNullable<typeof first>);
    const none = { connection: { ...connection, feeds: { ...connection.feeds, feeds: async () => [] } } };
    const lags = async () => [{ feed: 'a', lagMs: 0, everyMs: MINUTE }];
    const known = await found({ connection: { ...none, lags } });
    expect(known['connection acme, replies']).toMatch(
      /^warning: \w+ lists no campaign any more; the campaign that was there is polled on\.$/,
    );
    const unknown = await found({ connection: { ...none, lags: async () => [] } });
    expect(unknown['connection acme, replies']).toBe(
      'warning: There is nothing to poll yet; it starts with the first campaign.',
    );
  });

  it('names a list that comes out of order', async () => {
    const checkpoint = { lowWatermark: 1, digest: '', interestedDigest: '', reconciledAt: 1, unorderedAt: 1 };
    expect((await found({ checkpoint }))['connection acme, order']).toBe(
      'warning: The vendor lists feed out of order, so it is read whole, less often; replies come later.',
    );
  });

  it('names a list without times, and does not say that it comes out of order', async () => {
    const marks = { unorderedAt: 1, stands: 0, timeless: true as const };
    const checkpoint = { lowWatermark: 1, digest: '', interestedDigest: '', reconciledAt: 1, ...marks };
    const { 'connection acme, order': order, 'connection acme, times': times } = await found({ checkpoint });
    expect(order).toBeUndefined();
    expect(times).toBe(
      'warning: The vendor gives no time that can be read in the list of feed, so it is read whole, a slice with each poll; replies below its first page come later.',
    );
  });

  it('names a list that repeats itself, and says when it is read down again', async () => {
    const repeats = { until: Date.UTC(2026, 0, 5, 9, 30), times: 2 };
    const checkpoint = { lowWatermark: 1, digest: '', interestedDigest: '', reconciledAt: 1, repeats };
    expect((await found({ checkpoint }))['connection acme, pages']).toBe(
      'warning: The list of feed goes on without anything new from some page on, so nothing below that can be read; it is tried again at growing intervals, next at 2026-01-05 09:30 UTC.',
    );
  });

  it('says what of the last day could not be read, by connection', async () => {
    const unreadable = [
      { item: 'today', ago: 2 * MINUTE },
      { item: 'also today', ago: 3 * MINUTE },
      { item: 'last week', ago: 7 * 24 * 60 * MINUTE },
    ];
    expect((await found({ unreadable }))['connection acme, mail']).toBe(
      'warning: 2 rows or messages of the last day could not be read; see "replybus events --type reply.unreadable".',
    );
  });

  it('says nothing of lags before the first poll', async () => {
    const lags = async () => [{ feed: '*', lagMs: 0, everyMs: MINUTE }];
    expect(Object.keys(await found({ connection: { lags } }))).not.toContain('connection acme, polling');
  });

  it('says that a connection is paused', async () => {
    expect((await found({ connection: { paused: true } }))['connection acme, polling']).toMatch(
      /^warning: It is paused/,
    );
  });

  it('says that the vendor lets us make no call now', async () => {
    const { connection } = sandboxed(first);
    const budget = { available: () => 0, waitMs: () => 90_000, intervalMs: () => 0 };
    expect((await found({ connection: { connection: { ...connection, budget } } }))['connection acme, budget']).toBe(
      'warning: The calls its vendor allows are used up; the next one can be made in 90 s.',
    );
  });

  it('says that the clock here is off', async () => {
    expect((await found({ skewMs: 90 * MINUTE }))['connection acme, replies']).toBe(
      "warning: The clock here is 90 min off the vendor's; set it by NTP.",
    );
  });

  it("says that times of new mail are ahead of the vendor's clock, and by how much", async () => {
    const { connection, switches } = sandboxed(first);
    switches.dateSkewMs = -300 * MINUTE;
    const checks = await found({ connection: { connection }, skewMs: -300 * MINUTE });
    expect(checks['connection acme, replies']).toBe(
      "warning: Times of new mail are 4 h and more ahead of the vendor's clock; ask the vendor in which zone it writes them. Replies are told all the same.",
    );
  });

  it('says that a receiver has switched its sink off, and how to switch it on', async () => {
    const checks = await found({ sinks: [sink('crm'), sink('bi')], disabled: 'crm' });
    expect(checks['sink crm']).toMatch(/^broken: Its receiver answered 410, .* "replybus sinks test crm"\.$/);
    expect(checks['sink bi']).toMatch(/^ok: /);
  });

  it('says what the receiver answered that switched its sink off', async () => {
    const checks = await found({ sinks: [sink('team')], disabled: 'team', disabledBecause: 'HTTP 404 no_service' });
    expect(checks['sink team']).toMatch(/^broken: Its receiver answered 404 no_service, so it is switched off;/);
  });

  const arrived = (hour: number): Delivery => ({ state: 'delivered', tries: 1, triedAt: NOW - DAY + hour * HOUR });
  const failed = (hour: number, state: 'pending' | 'parked'): Delivery => ({
    state,
    tries: 2,
    triedAt: NOW - DAY + hour * HOUR,
    lastError: 'HTTP 404',
    ...(state === 'pending' && { nextAt: NOW + HOUR }),
  });
  const fresh: Delivery = { state: 'pending', tries: 0, nextAt: NOW };
  const SINCE = '2025-01-19 13:00 UTC';
  const MEND = 'Mend the receiver or its settings; "replybus events --undelivered" shows what has not arrived.';

  it('names what does not arrive at a sink, since when, and the last answer', async () => {
    const delivered = [
      { crm: arrived(0) },
      { crm: failed(1, 'parked') },
      { crm: failed(2, 'pending') },
      { crm: fresh },
    ];
    expect((await found({ sinks: [sink('crm')], delivered }))['sink crm']).toBe(
      `broken: Of the newest 4 events 2 wait for another try and 1 is parked, since ${SINCE}: its receiver answered 404. ${MEND}`,
    );
  });

  it('warns of what is parked at a sink that is well again', async () => {
    const delivered = [{}, { crm: failed(1, 'parked') }, { crm: arrived(2) }];
    expect((await found({ sinks: [sink('crm')], delivered }))['sink crm']).toMatch(
      /^warning: Of the newest 3 events 1 is/,
    );
  });

  it('says of one sink nothing that befell another', async () => {
    const delivered = [{ crm: failed(0, 'pending'), bi: arrived(0) }];
    expect((await found({ sinks: [sink('crm'), sink('bi')], delivered }))['sink bi']).toBe('ok: Ready.');
  });

  it('takes what is on its first way for no trouble', async () => {
    expect((await found({ sinks: [sink('crm')], delivered: [{ crm: fresh }] }))['sink crm']).toBe('ok: Ready.');
  });

  it('does not miss at a sink that acts what was too old to act on', async () => {
    const old: Delivery = { state: 'parked', tries: 0, lastError: 'too old to act on' };
    const hot = { ...sink('hot'), actsOnOld: false };
    expect((await found({ sinks: [hot], delivered: [{ hot: old }] }))['sink hot']).toBe('ok: Ready.');
  });

  it('counts what waits for a sink that is switched off', async () => {
    const off: Delivery = { state: 'parked', tries: 0, lastError: 'switched off' };
    const checks = await found({ sinks: [sink('crm')], disabled: 'crm', delivered: [{}, { crm: off }] });
    expect(checks['sink crm']).toContain(`Of the newest 3 events 1 is parked, since ${SINCE}.`);
  });

  it('names a webhook made at run time at which nothing arrives, and no other', async () => {
    const subscribed = [sink('sub_a'), sink('sub_b')];
    const checks = await found({ subscribed, delivered: [{ sub_a: failed(0, 'pending'), sub_b: arrived(0) }] });
    expect(checks['subscription sub_a']).toMatch(/^broken: .* its receiver answered 404\./);
    expect(checks).not.toHaveProperty('subscription sub_b');
  });

  it('looks through the newest 300 events alone', async () => {
    const delivered = [{ crm: failed(0, 'parked') }, ...Array.from({ length: 300 }, () => ({ crm: arrived(1) }))];
    expect((await found({ sinks: [sink('crm')], delivered }))['sink crm']).toBe('ok: Ready.');
  });

  it('says that sending is switched off', async () => {
    expect((await found({ off: true }))['connection acme, sending']).toMatch(/^warning: Sending is switched off/);
  });

  const forwarding = { smtp: 'env:SMTP', from: 'me@acme.example' };

  it('says why the mail server does not answer', async () => {
    const checks = await found({ config: { forwarding }, mail: { greet: async () => 'It is down; start it.' } });
    expect(checks.forwarding).toBe('broken: It is down; start it.');
  });

  it('says where the address of the mail server is looked for', async () => {
    const get = (text: string) => (text === forwarding.smtp ? { lack: 'secret' } : { value: 'a-secret' });
    expect((await found({ config: { forwarding }, secrets: { get } })).forwarding).toBe(
      "broken: The mail server's URL cannot be read; set env:SMTP.",
    );
  });

  it('counts the replies that were accepted and never seen, and none that is looked for still', async () => {
    const sent = (id: string, verifications: number) =>
      storedSend('sent', { id: `snd_${id}`, acceptedAt: NOW - HOUR, verifications });
    const { sends } = await found({ sends: [sent('a', 9), sent('b', 8)] });
    expect(sends).toBe(
      'warning: 1 reply of the last 90 days was accepted by the vendor, and never seen in the conversation; see "replybus sends --state sent", and look there.',
    );
  });
});
