import * as z from 'zod/mini';
import { TROUBLED } from '../polling/state/troubles.ts';
import { SEND_STATES } from '../sending/send.ts';
import { PROBLEM_TYPES } from './problem.ts';
import { SCOPES } from './scopes.ts';

/** What an answer holds. A field may join these shapes; none goes away or changes its meaning. */

const told = (text: string) => z.describe(text);
const time = () => z.string().check(told('An instant, ISO 8601 in UTC.'));
const knownTime = () =>
  z.string().check(told('An instant, ISO 8601 in UTC; the first one of 1970 where none could be read.'));

const Person = z.object({ email: z.string(), name: z.nullable(z.string()) });
const Campaign = z.nullable(z.object({ id: z.nullable(z.string()), name: z.nullable(z.string()) }));
const Vendor = z.record(z.string(), z.unknown());

const Attachments = z
  .object({
    by: z.enum(['url', 'content']),
    countMax: z.nullable(z.number()),
    bytesMax: z.nullable(z.number()).check(told('Of all files of a mail together.')),
  })
  .check(told('How a mail takes files; null where nobody states a limit.'));

const Abilities = z.object({
  reply: z.object({
    copies: z.boolean().check(told('Takes cc and bcc.')),
    attachments: Attachments,
    sideEffect: z.nullable(z.string()).check(told('What else a reply does; say it wherever Reply is offered.')),
  }),
  forward: z.nullable(z.object({ copies: z.boolean(), attachments: Attachments, note: z.boolean() })),
  star: z.enum(['vendor', 'replybus']).check(told('Who keeps the stars.')),
  read: z.boolean().check(told('Threads can be marked read.')),
  sentMail: z.boolean().check(told('The list of sent mail can be read.')),
});

const BudgetView = z.object({
  left: z.nullable(z.number()).check(told('Calls that may be made right now; null where the vendor states no limit.')),
  waitMs: z.number().check(told('Until one call may be made; 0 when one may be made now.')),
});

export const READING_KINDS = ['baseline', 'catch-up', 'interested', 'survey', 'backfill'] as const;
const ReadingView = z.object({
  feed: z.string(),
  kind: z.enum(READING_KINDS),
  read: z.number().check(told('Rows read so far; of a backfill, threads.')),
  of: z.nullable(z.number()).check(told('Rows in all, where the vendor counts them.')),
});

export const TroubleView = z.object({
  connection: z.string(),
  feed: z.string().check(told('`*`: the list of campaigns.')),
  name: z.nullable(z.string()).check(told("The campaign's.")),
  what: z
    .enum(TROUBLED)
    .check(told('Its list of replies, pages deep in it alone, its interested list alone, or threads that are opened.')),
  since: z.string(),
  nextAt: z.string().check(told('When it is tried again.')),
  detail: z.string().check(told('One sentence: what fails, since when, what the vendor answered, and what to do.')),
});

export const ConnectionView = z.object({
  id: z.string(),
  provider: z.string(),
  providerName: z.string().check(told('What people call the vendor.')),
  sandbox: z.boolean().check(told('An invented account of the demo.')),
  paused: z.boolean(),
  campaigns: z.array(z.string()),
  feeds: z
    .array(
      z.object({
        feed: z.string(),
        lagMs: z.number(),
        everyMs: z.number(),
        nextInMs: z.number().check(told('Until its next poll is due; a feed that failed rests longer.')),
        unordered: z.boolean().check(told('The vendor lists it out of order: it is read whole, less often.')),
      }),
    )
    .check(told('How late each feed is; one entry `*` for all of them while they could not be listed yet.')),
  readings: z.array(ReadingView).check(told('What is longer than a poll and goes on with each.')),
  trouble: z.nullable(z.string()).check(told('Why nothing can be polled, in a sentence.')),
  troubles: z.array(TroubleView).check(told('How its feeds fail now.')),
  budget: z.object({
    acting: BudgetView.check(told('For what people and automations do.')),
    polling: z.nullable(BudgetView).check(told('Null where another process polls.')),
  }),
  sending: z.object({ off: z.boolean(), perDay: z.number(), perConversationPerDay: z.number() }),
  can: Abilities,
});

export const CampaignView = z.object({
  connection: z.string(),
  id: z.string(),
  name: z.string(),
  status: z.string(),
  vendor: Vendor,
});

export const ThreadView = z.object({
  id: z.string().check(told('CONNECTION/THREAD: what every command and payload calls the thread.')),
  connection: z.string(),
  campaign: Campaign,
  lead: Person,
  box: z.enum(['reply', 'sent']),
  subject: z.nullable(z.string()),
  intent: z.nullable(z.string()),
  interested: z.boolean(),
  starred: z.nullable(z.boolean()),
  read: z.nullable(z.boolean()),
  tags: z.array(z.string()),
  preview: z.nullable(z.string()),
  lastActivityAt: knownTime(),
  messageCount: z.nullable(z.number()),
  vendor: Vendor,
});

const Attachment = z.object({
  filename: z.string(),
  contentType: z.string(),
  sizeBytes: z.nullable(z.number()),
  url: z.nullable(z.string()),
});

export const MessageView = z.object({
  id: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  from: Person,
  to: z.array(Person),
  cc: z.array(Person),
  bcc: z.array(Person),
  subject: z.nullable(z.string()),
  text: z.nullable(z.string()),
  html: z.nullable(z.string()),
  ownText: z
    .nullable(z.string())
    .check(told('What the person wrote: without history, as in events. Null where that is nothing.')),
  sentAt: time(),
  attachments: z.array(Attachment),
  vendor: Vendor,
});

const Unreadable = z.object({ id: z.string(), issues: z.array(z.string()) });

export const ConversationView = z.object({
  thread: ThreadView,
  mailbox: z.nullable(z.string()),
  messages: z.array(MessageView),
  unreadable: z.array(Unreadable),
});

export const DeliveryView = z.object({
  state: z.enum(['pending', 'delivered', 'parked']),
  tries: z.number(),
  nextAt: z.nullable(z.string()),
  triedAt: z.nullable(z.string()),
  lastError: z.nullable(z.string()),
});

export const EventView = z.object({
  id: z.string(),
  type: z.string(),
  connection: z.string(),
  recordedAt: time(),
  deliveries: z
    .nullable(z.record(z.string(), DeliveryView))
    .check(told('By sink; null until the event is first looked at for delivery.')),
  event: z
    .nullable(z.record(z.string(), z.unknown()))
    .check(told('As a sink receives it; null once its body has gone, 90 days after it was recorded.')),
});

export const TokenView = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: time(),
  scopes: z.array(z.enum(SCOPES)),
  maker: z.nullable(z.string()).check(told('The token it was made with, and is revoked with; null when made by hand.')),
});
export const NewTokenView = z.extend(TokenView, {
  token: z.string().check(told('Shown in this answer and never again.')),
});
export const BackupView = z.object({ file: z.string(), bytes: z.number() });
export const RevokedTokenView = z.object({
  id: z.string(),
  revoked: z.array(z.string()).check(told('It, and the tokens that were made with it.')),
});
export const WhoView = z.object({
  name: z.nullable(z.string()).check(told("The token's name; null for the command line of this machine.")),
  scopes: z.array(z.enum(SCOPES)),
});

const nullableList = () => z.nullable(z.array(z.string()));
export const SubscriptionView = z.object({
  id: z.string(),
  url: z.string().check(told('Of another token than yours its host alone, unless yours is for admin.')),
  events: nullableList().check(told('Null: every type.')),
  connections: nullableList(),
  campaigns: nullableList(),
  interested: z.nullable(z.boolean()),
  intents: nullableList(),
  createdAt: time(),
  expiresAt: z
    .nullable(z.string())
    .check(told('Null: it ends when it is deleted, when its target answers 410, or with its token.')),
});
export const NewSubscriptionView = z.extend(SubscriptionView, {
  secret: z.string().check(told('What deliveries are signed with, as Standard Webhooks say.')),
});
export const RemovedSubscriptionView = z.object({ id: z.string() });

export const CheckView = z.object({
  subject: z.string(),
  state: z.enum(['ok', 'warning', 'broken']),
  detail: z.string(),
});

export const FindingView = z.object({
  subject: z.string(),
  assumed: z.string(),
  seen: z.string(),
  state: z.enum(['as-assumed', 'otherwise', 'not-seen']),
  follows: z.string(),
});

const Counts = z.record(z.string(), z.number());

/** What a vendor's answers look like: names, types and counts, and no value. */
export const AnswerView = z.object({
  operation: z.string(),
  calls: z.number(),
  statuses: Counts,
  headers: z.array(z.string()),
  fields: z.array(z.object({ path: z.string(), seen: z.number(), of: z.number(), types: Counts })),
  cut: z.number().check(told('Fields beyond the most that are told.')),
});

export const ProbeView = z.object({
  connection: z.string(),
  provider: z.string(),
  findings: z.array(FindingView),
  failures: z.array(z.object({ step: z.string(), kind: z.string(), detail: z.string() })),
  answers: z.array(AnswerView),
});

export const ProviderView = z.object({
  id: z.string(),
  label: z.string().check(told('What people call it.')),
  variable: z.string().check(told('Where its key lies in the environment, as a config of ours names it.')),
});
export const KeyTrialView = z.object({
  provider: z.string(),
  warning: z.nullable(z.string()).check(told('The key works, and something about it is worth a word.')),
  campaigns: z.nullable(z.number()).check(told('How many it can see; null where it may not list them.')),
});
export const WrittenConfigView = z.object({ file: z.string(), config: z.string() });

export const PollView = z.object({
  connection: z.string(),
  feeds: z.number(),
  polled: z.number(),
  recorded: z.number(),
  failure: z.nullable(z.string()),
});

export const ProgressView = z.object({
  connection: z.string(),
  threads: z.number(),
  total: z.nullable(z.number()),
  recorded: z.number(),
  state: z
    .enum(['running', 'done', 'stopped'])
    .check(
      told('Stopped: this answer ends, and what is left goes on with the polls, unless it was stopped by request.'),
    ),
  byRequest: z
    .exactOptional(z.literal(true))
    .check(told('Somebody stopped it: it goes on when it is asked for again.')),
});

export const StoppedBackfillView = z.object({
  connection: z.string(),
  stopped: z.boolean().check(told('False where none went on.')),
});

export const ReplayView = z.object({ replayed: z.number() });
export const SinkView = z.object({
  id: z.string(),
  type: z.string(),
  off: z.boolean().check(told('Its receiver wants nothing any more; a sample that it takes switches it on again.')),
  offBecause: z.nullable(z.string()).check(told('What its receiver answered, while it is off.')),
  takesSample: z.boolean().check(told('False of one that acts on threads.')),
});
export const SinkTestView = z.object({ sink: z.string(), delivered: z.boolean(), detail: z.string() });

export const SendView = z.object({
  id: z.string(),
  key: z.string().check(told('The idempotency key: yours, or one made from what is sent.')),
  state: z.enum(SEND_STATES),
  meaning: z.string().check(told('What the state means for the person who wanted to send.')),
  kind: z.enum(['reply', 'forward']),
  connection: z.string(),
  thread: z.string().check(told('CONNECTION/THREAD')),
  to: z
    .nullable(z.array(z.string()))
    .check(told('Of a forward, until its words go after 90 days; a reply goes to the lead.')),
  by: z
    .string()
    .check(told('Who asked: api, cli, console (the page that a run on one machine opened), or automation:SINK.')),
  acceptedAt: time(),
  goesAt: z.nullable(z.string()).check(told('While it waits to be called back: when it goes.')),
  attempt: z.number().check(told('Posts begun.')),
  messageId: z.nullable(z.string()).check(told("The vendor's id of the mail, where it gives one.")),
  seenAs: z.nullable(z.string()).check(told('The message in the thread that is this mail.')),
  refusedRecipients: z.array(z.string()),
  steps: z.array(z.object({ at: time(), state: z.enum(SEND_STATES), detail: z.string() })),
});

export const HealthView = z.object({
  status: z.enum(['ok', 'late']),
  feeds: z.number(),
  late: z.number().check(told('Feeds that are more than three intervals behind.')),
  troubles: z
    .nullable(z.array(TroubleView))
    .check(told('How feeds fail now. Names are for who brings a token of scope `read`; null for all others.')),
});

const milliseconds = () => z.nullable(z.number());
export const StatsView = z.object({
  days: z
    .array(z.object({ day: z.string(), replies: z.number(), interested: z.number() }))
    .check(told('Days of UTC, oldest first, those without a reply too.')),
  latency: z
    .object({ p50Ms: milliseconds(), p95Ms: milliseconds() })
    .check(
      told('From when a reply was sent to when it was recorded, rounded up; backfilled ones left out. Null of none.'),
    ),
  deliveries: z
    .array(z.object({ sink: z.string(), delivered: z.number(), parked: z.number(), pending: z.number() }))
    .check(
      told(
        'What became of the events recorded on these days; while some are pending the day is counted again, less often the older it is. Sink * stands for those beyond 150 a day.',
      ),
    ),
  waiting: z
    .object({
      sends: z.number().check(told('Sends that need a decision; 100 and more count as 100.')),
      parked: z.number().check(told('Deliveries that wait for a replay.')),
      unauthorized: z.array(z.string()).check(told('Connections whose key the vendor refuses.')),
    })
    .check(told('What waits for a person.')),
});

/** What kept one connection out of a list over all of them. */
export const ListFailure = z.object({ connection: z.string(), detail: z.string() });

export const listOf = <Item extends z.ZodMiniType>(item: Item) =>
  z.object({
    items: z.array(item),
    cursor: z.nullable(z.string()).check(told('Pass it to get the next page; null at the end.')),
    failures: z.array(ListFailure).check(told('Connections that could not be asked.')),
    unreadable: z.number().check(told('Rows left out because they could not be read.')),
  });

export const ConnectionList = listOf(ConnectionView);
export const CampaignList = listOf(CampaignView);
export const ThreadList = listOf(ThreadView);
export const EventList = z.extend(listOf(EventView), {
  latest: z
    .nullable(z.string())
    .check(told('Pass it as "after" to learn what was recorded since; null on a page that does not reach up to now.')),
});
export const SendList = listOf(SendView);
export const TokenList = listOf(TokenView);
export const SubscriptionList = listOf(SubscriptionView);
export const SinkList = listOf(SinkView);
export const ProviderList = listOf(ProviderView);
export const CheckList = listOf(CheckView);
export const ProbeList = listOf(ProbeView);
export const PollList = listOf(PollView);

export const Problem = z.object({
  type: z.string().check(told(`One of ${PROBLEM_TYPES.join(', ')}; more may come.`)),
  title: z.string(),
  status: z.number(),
  detail: z.string().check(told('One sentence for the person who asked: what is wrong, where, and what to do.')),
});

export type TroubleView = z.infer<typeof TroubleView>;
export type ConnectionView = z.infer<typeof ConnectionView>;
export type ThreadList = z.infer<typeof ThreadList>;
export type CampaignView = z.infer<typeof CampaignView>;
export type ThreadView = z.infer<typeof ThreadView>;
export type MessageView = z.infer<typeof MessageView>;
export type ConversationView = z.infer<typeof ConversationView>;
export type DeliveryView = z.infer<typeof DeliveryView>;
export type EventView = z.infer<typeof EventView>;
export type EventList = z.infer<typeof EventList>;
export type TokenView = z.infer<typeof TokenView>;
export type NewTokenView = z.infer<typeof NewTokenView>;
export type SubscriptionView = z.infer<typeof SubscriptionView>;
export type NewSubscriptionView = z.infer<typeof NewSubscriptionView>;
export type CheckView = z.infer<typeof CheckView>;
export type AnswerView = z.infer<typeof AnswerView>;
export type FindingView = z.infer<typeof FindingView>;
export type ProbeView = z.infer<typeof ProbeView>;
export type ProviderView = z.infer<typeof ProviderView>;
export type KeyTrialView = z.infer<typeof KeyTrialView>;
export type WrittenConfigView = z.infer<typeof WrittenConfigView>;
export type PollView = z.infer<typeof PollView>;
export type WhoView = z.infer<typeof WhoView>;
export type ProgressView = z.infer<typeof ProgressView>;
export type ReplayView = z.infer<typeof ReplayView>;
export type SinkView = z.infer<typeof SinkView>;
export type SinkTestView = z.infer<typeof SinkTestView>;
export type SendView = z.infer<typeof SendView>;
export type StatsView = z.infer<typeof StatsView>;
export type HealthView = z.infer<typeof HealthView>;
export type Problem = z.infer<typeof Problem>;
export interface List<Item> {
  readonly items: readonly Item[];
  readonly cursor: string | null;
  readonly failures: readonly { readonly connection: string; readonly detail: string }[];
  readonly unreadable: number;
}
