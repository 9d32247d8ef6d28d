import type { FeedLag } from '../polling/poller.ts';
import { isUnauthorized } from '../polling/state/connection.ts';
import type { Budget, Takes } from '../provider.ts';
import type { SendingConnection } from '../sending/ports.ts';
import type { ApiConnection, ApiDeps } from './deps.ts';
import { readFeeds } from './readings.ts';
import type { Caller } from './scopes.ts';
import type { ConnectionView, HealthView } from './shapes.ts';
import { troubleViews } from './troubles.ts';

/** A feed this many intervals behind makes /health fail. */
const LAG_INTERVALS = 3;

export const isLate = ({ lagMs, everyMs }: FeedLag): boolean => lagMs > LAG_INTERVALS * everyMs;

function filesView({ attachments }: Takes): ConnectionView['can']['reply']['attachments'] {
  if (attachments.by === 'url') return { by: 'url', countMax: null, bytesMax: null };
  return attachments;
}

function abilities({ connection }: ApiConnection, forwards: SendingConnection['forwards']): ConnectionView['can'] {
  const { replies, stars, readMarks, sent } = connection;
  return {
    reply: {
      copies: replies.takes.copies,
      attachments: filesView(replies.takes),
      sideEffect: replies.sideEffect ?? null,
    },
    forward: forwards
      ? { copies: forwards.takes.copies, attachments: filesView(forwards.takes), note: forwards.takesNote }
      : null,
    star: stars ? 'vendor' : 'replybus',
    read: readMarks !== undefined,
    sentMail: sent !== undefined,
  };
}

function budgetView(budget: Budget): ConnectionView['budget']['acting'] {
  const left = budget.available();
  return { left: Number.isFinite(left) ? left : null, waitMs: budget.waitMs() };
}

async function troubleOf({ id, connection }: ApiConnection, { store }: ApiDeps): Promise<string | null> {
  if (!(await isUnauthorized(store, id))) return null;
  return `${connection.provider.label} refuses the key; put in one that is valid, and polling goes on where it stopped.`;
}

async function connectionView(opened: ApiConnection, deps: ApiDeps): Promise<ConnectionView> {
  const { id, connection, campaigns, paused } = opened;
  const { sending, isSandbox } = deps;
  const [lags, { readings, unordered }, trouble, troubles] = await Promise.all([
    opened.lags(),
    readFeeds(deps, id),
    troubleOf(opened, deps),
    troubleViews(deps.store, id, deps.clock.now()),
  ]);
  const polling = deps.pollingBudget(id);
  const sender = sending.connections.find((one) => one.id === id);
  const { off, perDay, perConversationPerDay } = sender?.limits ?? { off: true, perDay: 0, perConversationPerDay: 0 };
  return {
    id,
    provider: connection.provider.id,
    providerName: connection.provider.label,
    sandbox: isSandbox,
    paused,
    campaigns: [...campaigns],
    feeds: lags.map(({ feed, lagMs, everyMs }) => ({
      feed,
      lagMs,
      everyMs,
      nextInMs: Math.max(0, everyMs - lagMs),
      unordered: unordered.has(feed),
    })),
    readings,
    trouble,
    troubles: [...troubles],
    budget: { acting: budgetView(connection.budget), polling: polling ? budgetView(polling) : null },
    sending: { off, perDay, perConversationPerDay },
    can: abilities(opened, sender?.forwards),
  };
}

export async function connectionViews(deps: ApiDeps): Promise<readonly ConnectionView[]> {
  return await Promise.all(deps.connections.map((opened) => connectionView(opened, deps)));
}

/** Open to anybody who reaches the port, so without a token it names nothing. */
export async function health({ connections, store, clock }: ApiDeps, { scopes }: Caller): Promise<HealthView> {
  const active = connections.filter(({ paused }) => !paused);
  const lags = (await Promise.all(active.map((connection) => connection.lags()))).flat();
  const late = lags.filter(isLate).length;
  const troubles = scopes.includes('read')
    ? (await Promise.all(active.map(({ id }) => troubleViews(store, id, clock.now())))).flat()
    : null;
  return { status: late > 0 ? 'late' : 'ok', feeds: lags.length, late, troubles };
}
