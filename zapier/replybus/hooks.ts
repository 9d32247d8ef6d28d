import * as z from 'zod/mini';
import type { Event, EventType } from '../../shared/events/event.ts';
import type { Json } from '../../shared/model.ts';
import { labelling } from '../../shared/providers/index.ts';
import { isLabelled } from '../../shared/sinks/filter.ts';
import { DECISION, type Entries, INSTANT, outputFieldsOf, sampleOf } from '../catalogue.ts';
import { Halt, told } from '../errors.ts';
import { CAMPAIGN, FIRST_ONLY } from '../fields.ts';
import { type Hydrators, laterOf } from '../hydrators.ts';
import { flagOf, listOf, textOf } from '../input.ts';
import type { Later } from '../items.ts';
import { isRecord } from '../memory.ts';
import type { Bundle, InputField, Perform, Trigger, Z } from '../platform.ts';
import { CONNECTION, INTENTS, INTEREST } from './fields.ts';
import { decisionItem, type HookItem, isEvent, replyItem } from './items.ts';
import { consoleLinks, openPlace, type Place } from './place.ts';
import { headerOf, isSigned } from './signature.ts';

/** Longer than a deployment tries to deliver: 75 hours. */
const CLAIM_SECONDS = 5 * 24 * 3_600;
const SAMPLES = 3;
/** Events looked through for them. */
const EVENTS_LIMIT = 100;
const SAMPLE_PAGES_MAX = 5;

const SubscriptionWire = z.object({
  id: z.string(),
  secret: z.string(),
  expiresAt: z.optional(z.nullable(z.string())),
});
const EventsWire = z.object({
  items: z.array(z.object({ id: z.string(), event: z.nullable(z.unknown()) })),
  cursor: z.nullable(z.string()),
});

interface HookSpec {
  readonly key: string;
  readonly noun: string;
  readonly label: string;
  readonly description: string;
  readonly event: EventType;
  readonly inputFields: readonly InputField[];
  readonly outputs: Entries;
  /** Undefined: this event is not what the Zap asked for. */
  itemOf(id: string, event: Event, bundle: Bundle, later: Later): HookItem | undefined;
}

const INTERESTS: Readonly<Record<string, boolean>> = { interested: true, not_interested: false };

/** What the Zap's owner chose, as the deployment filters by it. */
function filterOf(bundle: Bundle): { readonly [name: string]: Json } {
  const [connection, campaign] = [textOf(bundle, 'connection')?.trim(), textOf(bundle, 'campaign_id')?.trim()];
  const interested = INTERESTS[textOf(bundle, 'interest') ?? ''];
  const intents = listOf(bundle, 'intents');
  return {
    ...(connection === undefined ? {} : { connections: [connection] }),
    ...(campaign === undefined ? {} : { campaigns: [campaign] }),
    ...(interested === undefined ? {} : { interested }),
    ...(intents.length === 0 ? {} : { intents: [...intents] }),
  };
}

/** Whether the Zap wants the event. The deployment has filtered already; samples are taken from all that was recorded. */
function isWanted({ data }: Event, bundle: Bundle): boolean {
  const connection = textOf(bundle, 'connection')?.trim();
  if (connection !== undefined && (!('connection' in data) || data.connection !== connection)) return false;
  if (!('message' in data)) return true;
  const campaign = textOf(bundle, 'campaign_id')?.trim();
  const interested = INTERESTS[textOf(bundle, 'interest') ?? ''];
  const intents = listOf(bundle, 'intents');
  if (campaign !== undefined && data.campaign?.id !== campaign) return false;
  if (interested !== undefined && data.thread.interested !== interested) return false;
  if (intents.length > 0 && !isLabelled(data, intents, labelling)) return false;
  return data.message.isFirst || !(flagOf(bundle, 'first_only', 'First Reply Only') ?? false);
}

const reply: HookSpec['itemOf'] = (id, { data }, _bundle, later) =>
  'message' in data ? replyItem(id, data, later) : undefined;
const decision: HookSpec['itemOf'] = (id, event, _bundle, later) =>
  event.type === 'send.needs_decision' ? decisionItem(id, event.data, event.timestamp, later) : undefined;

const SPECS: readonly HookSpec[] = [
  {
    key: 'new_reply_instant',
    noun: 'Reply',
    label: 'New Reply',
    description: 'Triggers when a lead replies; at once, and once for each reply.',
    event: 'reply.received',
    inputFields: [CONNECTION, CAMPAIGN, INTEREST, INTENTS, FIRST_ONLY],
    outputs: INSTANT,
    itemOf: reply,
  },
  {
    key: 'new_interested_reply_instant',
    noun: 'Reply',
    label: 'New Interested Reply',
    description: 'Triggers when a lead is labelled interested, however late; at once.',
    event: 'reply.interested',
    inputFields: [CONNECTION, CAMPAIGN],
    outputs: INSTANT,
    itemOf: reply,
  },
  {
    key: 'send_needs_decision_instant',
    noun: 'Send',
    label: 'Send Needs Decision',
    description: 'Triggers when nobody can tell whether a mail was sent, so that a person decides.',
    event: 'send.needs_decision',
    inputFields: [CONNECTION],
    outputs: DECISION,
    itemOf: decision,
  },
];

const subscribe =
  ({ key, event }: HookSpec): Perform =>
  async (zapier, bundle) => {
    const { ask } = openPlace(zapier, bundle, key);
    const body: Json = { url: bundle.targetUrl ?? '', events: [event], ...filterOf(bundle) };
    const { id, secret, expiresAt } = await ask({
      method: 'PUT',
      path: ['subscriptions'],
      body,
      shape: SubscriptionWire,
    });
    return { id, secret, ...(expiresAt ? { expiration_date: expiresAt } : {}) };
  };

/** A Zap goes off whatever becomes of this: what is still subscribed then ends with Zapier's 410. */
const unsubscribe =
  ({ key }: HookSpec): Perform =>
  async (zapier, bundle) => {
    const id = bundle.subscribeData?.id;
    if (typeof id !== 'string') return {};
    try {
      const { ask } = openPlace(zapier, bundle, key);
      await ask({ method: 'DELETE', path: ['subscriptions', id], shape: z.unknown() });
    } catch (error) {
      zapier.console.log('warn', key, 'unsubscribe.failed', error instanceof Error ? error.name : 'unknown');
    }
    return {};
  };

const NOT_OURS = 'This call was not signed by your Replybus for this Zap, so nothing was started.';

interface Delivery {
  readonly id: string;
  readonly event: Event;
  readonly subscription: string;
}

/** What was delivered, if this Zap's own deployment signed it. */
function delivered({ rawRequest, subscribeData }: Bundle): Delivery {
  const signed = { headers: rawRequest?.headers ?? {}, content: rawRequest?.content ?? '' };
  const { id, secret } = subscribeData ?? {};
  if (typeof secret !== 'string' || !isSigned(signed, secret)) throw new Halt(NOT_OURS);
  const event: unknown = JSON.parse(signed.content);
  if (!isEvent(event)) throw new Halt('What your Replybus delivered cannot be read by this version of the app.');
  return { id: headerOf(signed.headers, 'webhook-id') ?? '', event, subscription: String(id) };
}

/** At least once is what a deployment promises; the claim makes it once. */
const receive =
  (spec: HookSpec, hydrators: Hydrators): Perform =>
  async (zapier, bundle) => {
    const place = openPlace(zapier, bundle, spec.key);
    const { id, event, subscription } = delivered(bundle);
    if (event.type !== spec.event || !isWanted(event, bundle)) return [];
    if ('backfill' in event.data && event.data.backfill) return [];
    const item = spec.itemOf(id, event, bundle, await laterAt(zapier, place, hydrators));
    if (!item) return [];
    return (await place.memory.claim(`hook:${subscription}:${id}`, true, CLAIM_SECONDS)) ? [item] : [];
  };

async function laterAt(zapier: Z, place: Place, hydrators: Hydrators): Promise<Later> {
  return { ...laterOf(zapier, hydrators), link: await consoleLinks(place) };
}

/** For the editor: the newest that were recorded, made by the same hand. */
const list =
  (spec: HookSpec, hydrators: Hydrators): Perform =>
  async (zapier, bundle) => {
    const place = openPlace(zapier, bundle, spec.key);
    const later = await laterAt(zapier, place, hydrators);
    const query = { order: 'desc', limit: String(EVENTS_LIMIT), type: spec.event };
    const items: HookItem[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < SAMPLE_PAGES_MAX && items.length < SAMPLES; pages += 1) {
      const page = await place.ask({ method: 'GET', path: ['events'], query: { ...query, cursor }, shape: EventsWire });
      for (const { id, event } of page.items) {
        if (!isRecord(event) || !isEvent(event) || !isWanted(event, bundle)) continue;
        const item = spec.itemOf(id, event, bundle, later);
        if (item) items.push(item);
      }
      if (page.cursor === null) break;
      cursor = page.cursor;
    }
    return items.slice(0, SAMPLES);
  };

/** Triggers that a deployment calls by itself. */
export function hookTriggers(hydrators: Hydrators): readonly Trigger[] {
  return SPECS.map((spec) => ({
    key: spec.key,
    noun: spec.noun,
    display: { label: spec.label, description: spec.description },
    operation: {
      type: 'hook',
      performSubscribe: told(subscribe(spec), 'watch'),
      performUnsubscribe: unsubscribe(spec),
      perform: told(receive(spec, hydrators)),
      performList: told(list(spec, hydrators), 'watch'),
      inputFields: spec.inputFields,
      outputFields: outputFieldsOf(spec.outputs),
      sample: sampleOf(spec.outputs),
    },
  }));
}
