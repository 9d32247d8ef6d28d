import type {
  CheckView,
  ConnectionView,
  ConversationView,
  EventView,
  KeyTrialView,
  List,
  ProbeView,
  Problem,
  ProgressView,
  ProviderView,
  ReplayView,
  SendView,
  SinkTestView,
  SinkView,
  StatsView,
  SubscriptionView,
  ThreadView,
  WrittenConfigView,
} from '../../../shared/api/shapes.ts';
import { readToken, tellRefusal } from './session.ts';
import { withLocalTimes } from './time.ts';

export type {
  CheckView,
  ConnectionView,
  ConversationView,
  EventView,
  KeyTrialView,
  List,
  MessageView,
  ProbeView,
  ProgressView,
  ProviderView,
  SendView,
  SinkView,
  StatsView,
  SubscriptionView,
  ThreadView,
  WrittenConfigView,
} from '../../../shared/api/shapes.ts';

/** What went wrong, as one sentence. */
export const sentenceOf = (error: unknown): string =>
  error instanceof ApiError ? withLocalTimes(error.message) : 'That did not work; try again.';

/** A call that did not end well; the message is one sentence for the person in front of the page. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** 0: nobody answered. */
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, detail: string) {
    super(detail);
    this.status = status;
    this.type = type;
  }
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly query?: Query;
  readonly body?: unknown;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

function addressOf(path: string, query: Query = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path;
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem: Partial<Problem> = await response.json().catch(() => ({}));
  const detail = problem.detail ?? `The server answered with ${response.status}; try again in a moment.`;
  return new ApiError(response.status, problem.type ?? 'unknown', detail);
}

async function open(path: string, { method = 'GET', query, body, key, signal }: Call): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${readToken() ?? ''}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (key !== undefined) headers['idempotency-key'] = key;
  const request: RequestInit = { method, headers, cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer' };
  if (body !== undefined) request.body = JSON.stringify(body);
  if (signal) request.signal = signal;
  const response = await fetch(addressOf(path, query), request).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'offline', 'Replybus does not answer; is it still running? This page tries again by itself.');
  });
  if (response.status === 401) tellRefusal();
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function call<Answer>(path: string, options: Call = {}): Promise<Answer> {
  return await (await open(path, options)).json();
}

const threadPath = (id: string): string => {
  const [connection = '', ...rest] = id.split('/');
  return `/v1/threads/${encodeURIComponent(connection)}/${encodeURIComponent(rest.join('/'))}`;
};

export interface ThreadFilter {
  readonly connection?: string;
  readonly campaign?: string;
  readonly interested?: boolean;
  readonly intent?: string;
  readonly starred?: boolean;
  readonly unread?: boolean;
  readonly sent?: boolean;
  readonly search?: string;
}

export interface OutgoingFile {
  readonly filename: string;
  readonly contentType: string;
  readonly contentBase64?: string;
  readonly url?: string;
}

export interface ReplyRequest {
  readonly text?: string;
  readonly html?: string;
  readonly cc?: readonly string[];
  readonly bcc?: readonly string[];
  readonly attachments?: readonly OutgoingFile[];
  readonly ifLatestMessageId?: string;
  readonly override?: string;
  readonly undoSeconds?: number;
}

export interface ForwardRequest {
  readonly to: readonly string[];
  readonly cc?: readonly string[];
  readonly bcc?: readonly string[];
  readonly note?: string;
  readonly attachments?: readonly OutgoingFile[];
}

export interface EventFilter {
  readonly type?: string;
  readonly connection?: string;
  readonly undelivered?: boolean;
  readonly since?: string;
}

/** One line of a long answer at a time. */
async function* lines<Line>(path: string, options: Call): AsyncGenerator<Line> {
  const { body } = await open(path, options);
  if (!body) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value = '' } = await reader.read();
    rest += value;
    const whole = rest.split('\n');
    rest = whole.pop() ?? '';
    for (const line of whole) if (line.trim() !== '') yield JSON.parse(line);
    if (done) return;
  }
}

export const api = {
  connections: async () => await call<List<ConnectionView>>('/v1/connections'),
  campaigns: async () =>
    await call<List<{ connection: string; id: string; name: string; status: string }>>('/v1/campaigns'),
  threads: async (filter: ThreadFilter, cursor: string | undefined, signal: AbortSignal) =>
    await call<List<ThreadView>>('/v1/threads', { query: { ...filter, cursor }, signal }),
  thread: async (id: string, signal?: AbortSignal) =>
    await call<ConversationView>(threadPath(id), signal ? { signal } : {}),
  reply: async (id: string, body: ReplyRequest, key: string) =>
    await call<SendView>(`${threadPath(id)}/reply`, { method: 'POST', body, key }),
  forward: async (id: string, body: ForwardRequest, key: string) =>
    await call<SendView>(`${threadPath(id)}/forward`, { method: 'POST', body, key }),
  star: async (id: string, starred: boolean) =>
    await call<ThreadView>(`${threadPath(id)}/star`, { method: 'PUT', body: { starred } }),
  read: async (id: string, read: boolean) =>
    await call<ThreadView>(`${threadPath(id)}/read`, { method: 'PUT', body: { read } }),
  sends: async (query: { readonly state?: string; readonly thread?: string; readonly cursor?: string }) =>
    await call<List<SendView>>('/v1/sends', { query }),
  send: async (id: string) => await call<SendView>(`/v1/sends/${encodeURIComponent(id)}`),
  decide: async (id: string, verdict: 'sent' | 'resend', by: string) =>
    await call<SendView>(`/v1/sends/${encodeURIComponent(id)}/decision`, { method: 'POST', body: { verdict, by } }),
  again: async (id: string) =>
    await call<SendView>(`/v1/sends/${encodeURIComponent(id)}/again`, { method: 'POST', body: {} }),
  undo: async (id: string) => await call<SendView>(`/v1/sends/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  events: async (query: EventFilter & { readonly cursor?: string; readonly limit?: number; readonly order?: string }) =>
    await call<List<EventView>>('/v1/events', { query: { order: 'desc', limit: 50, ...query } }),
  stats: async (days: number) => await call<StatsView>('/v1/stats', { query: { days } }),
  replay: async (id: string) =>
    await call<ReplayView>(`/v1/events/${encodeURIComponent(id)}/replay`, { method: 'POST', body: {} }),
  replayFailed: async (failedSince: string) =>
    await call<ReplayView>('/v1/replay', { method: 'POST', body: { failedSince } }),
  doctor: async () => await call<List<CheckView>>('/v1/doctor'),
  poll: async (id: string) => await call<unknown>('/v1/poll', { method: 'POST', body: { connection: id } }),
  probe: async (connection: string) =>
    await call<List<ProbeView>>('/v1/doctor/probe', { method: 'POST', body: { connection } }),
  providers: async () => await call<List<ProviderView>>('/v1/providers'),
  tryKey: async (provider: string, apiKey: string) =>
    await call<KeyTrialView>('/v1/keys/try', { method: 'POST', body: { provider, apiKey } }),
  writeConfig: async (connection: string, provider: string) =>
    await call<WrittenConfigView>('/v1/config', { method: 'POST', body: { connection, provider } }),
  sinks: async () => await call<List<SinkView>>('/v1/sinks'),
  subscriptions: async () => await call<List<SubscriptionView>>('/v1/subscriptions'),
  unsubscribe: async (id: string) =>
    await call<unknown>(`/v1/subscriptions/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  testSink: async (id: string) =>
    await call<SinkTestView>(`/v1/sinks/${encodeURIComponent(id)}/test`, { method: 'POST', body: {} }),
  stopBackfill: async (id: string) =>
    await call<unknown>(`/v1/connections/${encodeURIComponent(id)}/backfill`, { method: 'DELETE' }),
  backfill: (id: string, since: string, signal: AbortSignal) =>
    lines<ProgressView | Problem>(`/v1/connections/${encodeURIComponent(id)}/backfill`, {
      method: 'POST',
      body: { since },
      signal,
    }),
};
