import { seededRandom } from '../../../sandbox/seeded.ts';
import type { Event } from '../../../shared/events/event.ts';
import { deliverDue } from '../../../shared/outbox/deliver.ts';
import { readEventLog } from '../../../shared/outbox/outbox.ts';
import type { Outcome } from '../../../shared/outbox/sink.ts';
import { eventOfAddress } from '../../../shared/store/keys.ts';
import { fakeSink } from '../../outbox/world.ts';
import { type Bench, bench, DEALS } from '../../sinks/automation-bench.ts';

const LOG = { info: () => {}, warn: () => {} };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** After the last event nothing is down for good, and what was begun has 75 hours and a day to end. */
const AFTER_MS = 8 * 24 * HOUR;
const STEP_MS = 5 * MINUTE;

/** When something is down: spells of minutes to 80 hours, as chance has it. */
interface Spells {
  isDown(at: number): boolean;
}

function spells(random: () => number, from: number, until: number): Spells {
  const found: (readonly [begin: number, end: number])[] = [];
  let at = from + random() * 12 * HOUR;
  while (at < until) {
    const length = 2 * MINUTE * (80 * 30) ** random();
    found.push([at, at + length]);
    at += length + random() * 24 * HOUR;
  }
  return { isDown: (now) => found.some(([begin, end]) => now >= begin && now < end) };
}

export interface Week {
  readonly events: number;
  /** Steps that were carried out more than once, with the event. */
  readonly twice: readonly string[];
  /** Mails that neither went out nor were told of as failed. */
  readonly silent: readonly string[];
  /** Deliveries to the webhook that neither arrived nor were parked after ten tries. */
  readonly undelivered: readonly string[];
  /** Deliveries that are still pending. */
  readonly pending: readonly string[];
  readonly forwarded: number;
  readonly failed: number;
  readonly delivered: number;
  readonly parked: number;
}

interface Webhook {
  readonly arrivals: Map<string, number>;
  deliver(id: string): Promise<Outcome>;
}

function webhookThat(isDown: () => boolean): Webhook {
  const arrivals = new Map<string, number>();
  return {
    arrivals,
    async deliver(id) {
      if (isDown()) return { kind: 'retry', error: 'refused' };
      arrivals.set(id, (arrivals.get(id) ?? 0) + 1);
      return { kind: 'delivered' };
    },
  };
}

const logsOf = async ({ store }: Bench) => {
  const { addresses } = await store.timeline(0, { limit: 10_000 });
  const logs = await Promise.all(addresses.map((address) => readEventLog(store, eventOfAddress(address))));
  return logs.flatMap((log) => log ?? []);
};

/** Replies come for a week, each forwarded by an automation and told to a webhook, while receiver, mail server and vendor fail by turns. */
export async function week(seed: number): Promise<Week> {
  const random = seededRandom(seed);
  const opened = await bench('coldsend', {
    steps: [{ star: true }, { forward: [DEALS] }],
    limits: { perDay: 2_000, perConversationPerDay: 2_000 },
  });
  const { state, switches } = opened;
  const begin = state.now;
  const end = begin + 7 * 24 * HOUR;
  const [hook, mail, vendor] = [0, 1, 2].map(() => spells(random, begin, end));
  const down = (what: Spells | undefined) => what?.isDown(state.now) ?? false;
  const webhook = webhookThat(() => down(hook));
  const ids: string[] = [];
  let automation = opened.newSink();
  let nextAt = begin;
  while (state.now < end + AFTER_MS) {
    state.mailDown = down(mail);
    switches.refusedRate = down(vendor) ? 1 : 0;
    if (state.now >= nextAt && state.now < end) {
      const id = `evt_${ids.length}`;
      await opened.record(id, eventOn(opened, id, ids.length));
      ids.push(id);
      nextAt = state.now + random() * 2 * HOUR;
    }
    // The process is started anew now and then.
    if (random() < 0.02) automation = opened.newSink();
    const sinks = [automation, fakeSink('hook', undefined, { deliver: webhook.deliver })];
    const { store } = opened;
    await deliverDue(
      { store, sinks, clock: { now: () => state.now, sleep: async () => {} }, random, log: LOG },
      { limit: 500 },
    );
    await opened.runSends();
    state.now += STEP_MS;
  }
  return await judged(opened, ids, webhook);
}

const eventOn = (opened: Bench, id: string, at: number): Event => opened.eventOf(id, at % opened.threads.length);

async function judged(opened: Bench, ids: readonly string[], { arrivals }: Webhook): Promise<Week> {
  const logs = await logsOf(opened);
  const failed = logs.flatMap(({ stored: { body } }) => (body?.type === 'send.failed' ? [body.data.send] : []));
  const asked = logs.flatMap(({ stored: { body } }) => (body?.type === 'send.needs_decision' ? [body.data.send] : []));
  const sends = opened.sends();
  const sendOf = (id: string) => sends.filter((send) => send.event === id);
  const own = logs.filter(({ stored }) => ids.includes(stored.id));
  const went = (send: { readonly state: string }) => send.state === 'sent' || send.state === 'confirmed';
  const silent = ids.filter((id) => {
    const [send] = sendOf(id);
    const parked = own.find(({ stored }) => stored.id === id)?.deliveries?.hot?.state === 'parked';
    return !(send ? went(send) || failed.includes(send.id) || asked.includes(send.id) : parked);
  });
  const states = own.map(({ stored, deliveries }) => ({ id: stored.id, hook: deliveries?.hook, hot: deliveries?.hot }));
  const hook = (state: string) => states.filter((each) => each.hook?.state === state);
  return {
    events: ids.length,
    twice: [
      ...ids.filter((id) => sendOf(id).length > 1),
      ...[...arrivals].filter(([, times]) => times > 1).map(([id]) => id),
      ...(opened.forwarded().length > sends.filter(went).length ? ['more forwards than sends that went'] : []),
    ],
    silent,
    undelivered: hook('parked').flatMap(({ id, hook: delivery }) => (delivery?.tries === 10 ? [] : [id])),
    pending: states
      .filter((each) => each.hook?.state === 'pending' || each.hot?.state === 'pending')
      .map(({ id }) => id),
    forwarded: opened.forwarded().length,
    failed: failed.length,
    delivered: hook('delivered').length,
    parked: hook('parked').length,
  };
}
