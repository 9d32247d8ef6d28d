import * as z from 'zod/mini';
import { bodyObject, type SandboxRequest } from './exchange.ts';
import { FAILINGS, FOOTERS, type Switches } from './switches.ts';
import type { World } from './world.ts';

const rate = z.number().check(z.minimum(0), z.maximum(1));
const whole = z.number().check(z.minimum(0));
const keys = z.record(z.string(), z.array(z.string()));

const SwitchChanges = z.partial(
  z.strictObject({
    latencyMs: whole,
    faultScope: z.enum(['all', 'reads', 'writes']),
    throttledRate: rate,
    throttledSignal: z.enum(['retry-after', 'x-ratelimit', 'none']),
    throttledSeconds: whole,
    errorRate: rate,
    errorAfterRate: rate,
    errorStatus: z.number().check(z.minimum(500), z.maximum(599)),
    refusedRate: rate,
    resetBeforeRate: rate,
    resetAfterRate: rate,
    htmlRate: rate,
    truncatedRate: rate,
    failing: z.record(z.string(), z.enum(FAILINGS)),
    failingBelowRow: whole,
    listOrder: z.enum(['newest', 'oldest', 'by-id']),
    orderDrawn: z.boolean(),
    shuffleTies: z.boolean(),
    swappedRate: rate,
    shortPageRate: rate,
    pageRowsDrawn: z.array(z.number().check(z.minimum(1), z.maximum(100))),
    emptyPageRate: rate,
    badRowRate: rate,
    badRowIds: z.array(z.string()),
    untimedRowRate: rate,
    untimedRowIds: z.array(z.string()),
    standingRowIds: z.array(z.string()),
    doubledRowIds: z.array(z.string()),
    olderRowsAbove: z.boolean(),
    emptyLists: z.enum(['list', 'null', 'no-content']),
    campaignsHidden: z.boolean(),
    dateHeader: z.boolean(),
    dateSkewMs: z.number(),
    isoTimes: z.enum(['utc', 'offset', 'zoneless']),
    isoZoneMinutes: z.number().check(z.minimum(-14 * 60), z.maximum(14 * 60)),
    messageIds: z.boolean(),
    idsStay: z.boolean(),
    signedLinks: z.boolean(),
    sentDelayMs: whole,
    footer: z.enum(FOOTERS),
    trackLinks: z.boolean(),
    forwardsShow: z.boolean(),
    cohesiveKeys: keys,
    cohesivePageSize: z.number().check(z.minimum(1)),
    cohesiveWrapped: z.string(),
    cohesiveSeconds: z.boolean(),
    cohesiveWholeLead: z.boolean(),
    coldsendKeys: keys,
    coldsendPageRows: z.number().check(z.minimum(1), z.maximum(100)),
    coldsendTotals: z.enum(['right', 'none', 'page', 'twice', 'messages', 'twelve']),
    coldsendSpellings: z.array(z.string()),
    coldsendFilter: z.enum(['shown', 'documented', 'any-case']),
    coldsendSaysLimit: z.boolean(),
    coldsendEchoesLimit: z.boolean(),
    coldsendHeedsLimit: z.boolean(),
    coldsendRateLimits: z.boolean(),
    coldsendScopeBody: z.enum(['text', 'lists', 'coded']),
    coldsendUnread: z.boolean(),
    coldsendNullMessageId: z.boolean(),
  } satisfies Record<Exclude<keyof Switches, 'onListPage'>, z.ZodMiniType>),
);

const text = z.string().check(z.minLength(1));

const ThreadFields = z.strictObject({
  /** Null for mail outside of campaigns. */
  campaignId: z.nullable(z.string()),
  leadEmail: text,
  leadName: text,
  subject: z.optional(text),
  /** The lead's first message; without one the thread is in no reply list yet. */
  text: z.optional(text),
});

const MessageFields = z.strictObject({
  threadId: text,
  text,
  direction: z.optional(z.enum(['inbound', 'outbound'])),
  sentAt: z.optional(z.number()),
  /** Milliseconds since 1970; defaults to `sentAt`. */
  visibleAt: z.optional(z.number()),
  subject: z.optional(text),
  html: z.optional(z.string()),
  /** Whose address it comes from; a lead may write from an alias that is one of ours. */
  from: z.optional(text),
});

const LabelFields = z.strictObject({ threadId: text, intent: z.nullable(text) });

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

const refuse = (error: string, status = 400): ControlAnswer => ({ status, body: { error } });

const sentence = (issue: z.core.$ZodIssue) =>
  issue.code === 'unrecognized_keys'
    ? `Unknown: ${issue.keys.join(', ')}.`
    : `${issue.path.join('.') || 'The body'} is missing or has a wrong value.`;

/** Runs `apply` on a body that fits; otherwise says which field does not. */
function withBody<Fields>(
  schema: z.ZodMiniType<Fields>,
  body: string | undefined,
  apply: (fields: Fields) => ControlAnswer,
): ControlAnswer {
  const read = z.safeParse(schema, bodyObject(body));
  if (read.success) return apply(read.data);
  return refuse(read.error.issues.map(sentence).join(' '));
}

/** Keys that are there with the value undefined count as absent. */
const given = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]: Exclude<Fields[Name], undefined>;
  };

const unknownThread = (threadId: string) => refuse(`No thread ${threadId}; GET /control/threads lists them.`, 404);

function addThread(world: World, body: string | undefined): ControlAnswer {
  return withBody(ThreadFields, body, ({ text: first, ...fields }) => {
    const { campaignId } = fields;
    if (campaignId !== null && !world.campaigns.has(campaignId)) return refuse(`No campaign ${campaignId}.`, 404);
    const thread = world.addThread(given(fields));
    if (first) world.addMessage(thread.id, { direction: 'inbound', sentAt: world.now(), text: first });
    world.look();
    return { status: 201, body: thread };
  });
}

function addMessage(world: World, body: string | undefined): ControlAnswer {
  return withBody(MessageFields, body, ({ threadId, ...fields }) => {
    if (!world.thread(threadId)) return unknownThread(threadId);
    const defaults = { direction: 'inbound', sentAt: world.now() } as const;
    return { status: 201, body: world.addMessage(threadId, { ...defaults, ...given(fields) }) };
  });
}

function setLabel(world: World, body: string | undefined): ControlAnswer {
  return withBody(LabelFields, body, ({ threadId, intent }) => {
    if (!world.thread(threadId)) return unknownThread(threadId);
    world.setLabel(threadId, intent);
    return { status: 200, body: world.thread(threadId) };
  });
}

const state = (world: World): ControlAnswer => ({
  status: 200,
  body: {
    now: new Date(world.now()).toISOString(),
    campaigns: [...world.campaigns.values()],
    threads: world.threads.size,
    messages: [...world.threads.values()].reduce((sum, thread) => sum + thread.visible.length, 0),
    sent: world.outbox.length,
  },
});

/** The hand that moves the sandbox: its own, no vendor has it. */
export function control(world: World, switches: Switches, request: SandboxRequest): ControlAnswer {
  const { method, path, body } = request;
  world.look();
  switch (`${method} ${path}`) {
    case 'GET /':
    case 'GET ':
      return state(world);
    case 'GET /switches':
      return { status: 200, body: switches };
    case 'PATCH /switches':
      return withBody(SwitchChanges, body, (changes) => ({
        status: 200,
        body: Object.assign(switches, given(changes)),
      }));
    case 'GET /threads':
      return { status: 200, body: [...world.threads.values()] };
    case 'POST /threads':
      return addThread(world, body);
    case 'POST /messages':
      return addMessage(world, body);
    case 'POST /labels':
      return setLabel(world, body);
    case 'GET /outbox':
      return { status: 200, body: world.outbox };
    default:
      return refuse('GET /control, /control/switches, /control/threads and /control/outbox are there.', 404);
  }
}
