import { useCallback, useEffect, useState } from 'preact/hooks';
import {
  api,
  type ConnectionView,
  type ConversationView,
  type SendView,
  sentenceOf,
  type ThreadView,
} from '../core/api.ts';
import { useCommands } from '../core/keys.ts';
import { useLoad } from '../core/load.ts';
import { go } from '../core/route.ts';
import { Badge, Loading, shown, Trouble } from '../parts/parts.tsx';
import { Composer } from './composer.tsx';
import { type Draft, newDraft, readDraft } from './drafts.ts';
import { Message } from './message.tsx';
import { SendStatus } from './send-status.tsx';

/** Often enough to see that somebody has answered meanwhile, seldom enough for the vendor's budget. */
const AGAIN_MS = 60_000;

interface Properties {
  readonly id: string;
  readonly connections: readonly ConnectionView[];
  changed(thread: ThreadView): void;
}

const newestOf = ({ messages }: ConversationView) => messages.at(-1)?.id;

function useSends(thread: string) {
  const [sends, setSends] = useState<readonly SendView[]>([]);
  const loaded = useLoad(`sends ${thread}`, async () =>
    (await api.sends({ thread })).items.filter((send) => send.thread === thread),
  );
  const { value } = loaded;
  useEffect(() => setSends(value ?? []), [value]);
  const put = useCallback(
    (send: SendView) => setSends((before) => [send, ...before.filter(({ id }) => id !== send.id)]),
    [],
  );
  return { sends, put };
}

function Head({
  thread,
  connection,
  set,
  problem,
}: {
  readonly thread: ThreadView;
  readonly connection: ConnectionView | undefined;
  readonly set: (mark: 'star' | 'read') => void;
  readonly problem: string | undefined;
}) {
  return (
    <header class="head">
      <button type="button" class="back quiet" onClick={() => go({ view: 'inbox' })}>
        ← Threads
      </button>
      <h1>
        <bdi>{shown(thread.subject ?? '(no subject)')}</bdi>
      </h1>
      <p>
        <strong>
          <bdi>{shown(thread.lead.name ?? thread.lead.email)}</bdi>
        </strong>{' '}
        <bdi class="address">{shown(thread.lead.email)}</bdi>{' '}
        {thread.campaign?.name && <span>{shown(thread.campaign.name)}</span>}{' '}
        {thread.interested && <Badge tone="good">Interested</Badge>}
        {thread.intent !== null && !thread.interested && <Badge tone="plain">{shown(thread.intent)}</Badge>}
        {thread.tags.map((tag) => (
          <Badge key={tag} tone="plain">
            {shown(tag)}
          </Badge>
        ))}
      </p>
      <div class="actions">
        <button type="button" aria-pressed={thread.starred === true} onClick={() => set('star')}>
          {thread.starred ? '★ Starred' : '☆ Star'}
        </button>
        {connection?.can.read && (
          <button type="button" onClick={() => set('read')}>
            {thread.read === false ? 'Mark read' : 'Mark unread'}
          </button>
        )}
      </div>
      {problem && <p role="alert">{problem}</p>}
    </header>
  );
}

/** One thread with its messages, what is being written in it, and what became of each mail from here. */
export function Conversation({ id, connections, changed }: Properties) {
  const { value, error, loading, reload, replace } = useLoad(
    `thread ${id}`,
    async (signal) => await api.thread(id, signal),
    AGAIN_MS,
  );
  const [draft, setDraft] = useState<Draft | undefined>(() => readDraft(id));
  const [problem, setProblem] = useState<string>();
  const { sends, put } = useSends(id);
  const connection = connections.find((each) => id.startsWith(`${each.id}/`));
  const latest = value && newestOf(value);
  const moved = draft?.latest !== undefined && latest !== undefined && draft.latest !== latest;
  const write = (kind: Draft['kind']) => setDraft((now) => (now?.kind === kind ? now : newDraft(kind, latest)));
  const set = async (mark: 'star' | 'read') => {
    if (!value) return;
    const { thread } = value;
    try {
      const next =
        mark === 'star' ? await api.star(id, thread.starred !== true) : await api.read(id, thread.read === false);
      replace({ ...value, thread: next });
      changed(next);
      setProblem(undefined);
    } catch (failure) {
      setProblem(sentenceOf(failure));
    }
  };
  useCommands({
    r: () => write('reply'),
    f: () => connection?.can.forward && write('forward'),
    s: () => void set('star'),
    u: () => connection?.can.read && void set('read'),
  });
  if (!value)
    return (
      <>
        <h1 class="unseen">Thread</h1>
        {error ? <Trouble error={error} retry={reload} /> : <Loading what="the thread" />}
      </>
    );
  return (
    <>
      <Head thread={value.thread} connection={connection} set={(mark) => void set(mark)} problem={problem} />
      {error && <Trouble error={error} retry={reload} />}
      <div class="messages" aria-busy={loading}>
        {value.messages.map((message) => (
          <Message key={message.id} message={message} />
        ))}
        {value.unreadable.length > 0 && (
          <p class="notice">
            {value.unreadable.length === 1 ? 'One message' : `${value.unreadable.length} messages`} of this thread could
            not be read.
          </p>
        )}
      </div>
      {sends.map((send) => (
        <SendStatus
          key={send.id}
          send={send}
          changed={(next) => {
            put(next);
            if (next.state === 'confirmed') reload();
          }}
        />
      ))}
      {moved && draft && (
        <p class="notice" role="alert">
          Somebody has written in this thread since you began.{' '}
          <button type="button" class="link" onClick={() => latest !== undefined && setDraft({ ...draft, latest })}>
            I have read it
          </button>
        </p>
      )}
      {draft && connection ? (
        <Composer
          thread={id}
          draft={draft}
          connection={connection}
          messages={value.messages}
          change={setDraft}
          sent={(send) => {
            put(send);
            reload();
          }}
        />
      ) : (
        <div class="actions answer">
          <button type="button" class="main" disabled={!connection} onClick={() => write('reply')}>
            Reply
          </button>
          {connection?.can.forward ? (
            <button type="button" onClick={() => write('forward')}>
              Forward
            </button>
          ) : (
            <small>Forwarding here needs your mail server in the config (“forwarding”).</small>
          )}
        </div>
      )}
    </>
  );
}
