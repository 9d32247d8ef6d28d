import { useState } from 'preact/hooks';
import { api, type ConnectionView, type ConversationView, sentenceOf, type ThreadView } from '../core/api.ts';
import { useCommands } from '../core/keys.ts';
import { useLoad } from '../core/load.ts';
import { go } from '../core/route.ts';
import { Badge, Loading, labelText, shown, Trouble } from '../parts/parts.tsx';
import { Composer } from './composer.tsx';
import type { Draft } from './drafts.ts';
import { Messages } from './messages.tsx';
import { SendStatus } from './send-status.tsx';
import { useSends } from './sends.ts';
import { useDraft } from './use-draft.ts';

/** Often enough to see that somebody has answered meanwhile, seldom enough for the vendor's budget. */
const AGAIN_MS = 60_000;

interface Properties {
  readonly id: string;
  /** The campaign's name by the list, for threads that do not tell it. */
  readonly campaign: string | undefined;
  readonly connections: readonly ConnectionView[];
  changed(thread: ThreadView): void;
}

const newestOf = ({ messages }: ConversationView) => messages.at(-1)?.id;

function Head({
  thread,
  campaign,
  connection,
  set,
  problem,
}: {
  readonly thread: ThreadView;
  readonly campaign: string | undefined;
  readonly connection: ConnectionView | undefined;
  readonly set: (mark: 'star' | 'read') => void;
  readonly problem: string | undefined;
}) {
  return (
    <header class="head">
      <h1>
        <bdi>{shown(thread.subject ?? '(no subject)')}</bdi>
      </h1>
      <p class="facts">
        <strong>
          <bdi>{shown(thread.lead.name ?? thread.lead.email)}</bdi>
        </strong>
        {thread.lead.name !== null && <bdi class="soft">{shown(thread.lead.email)}</bdi>}
        {campaign && <span class="soft">{shown(campaign)}</span>}
        {thread.interested && <Badge tone="good">Interested</Badge>}
        {thread.intent !== null && !thread.interested && <Badge tone="plain">{labelText(thread.intent)}</Badge>}
        {thread.tags.map((tag) => (
          <Badge key={tag} tone="plain">
            {labelText(tag)}
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

function Back() {
  return (
    <button type="button" class="back quiet" onClick={() => go({ view: 'inbox' })}>
      ← Threads
    </button>
  );
}

/** For what takes the place of a control that went with its own press. */
const focusOnce = (element: HTMLElement | null): void => element?.focus();

/** One thread with its messages, what is being written in it, and what became of each mail from here. */
export function Conversation({ id, campaign, connections, changed }: Properties) {
  const { value, error, loading, reload, replace } = useLoad(
    `thread ${id}`,
    async (signal) => await api.thread(id, signal),
    AGAIN_MS,
  );
  const writing = useDraft(id);
  const { draft } = writing;
  const [fresh, setFresh] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const { sends, put, reload: reloadSends } = useSends(id);
  const connection = connections.find((each) => id.startsWith(`${each.id}/`));
  const latest = value && newestOf(value);
  const moved = draft?.latest !== undefined && latest !== undefined && draft.latest !== latest;
  const write = (kind: Draft['kind']) => writing.begin(kind, latest);
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
        <Back />
        <h1 class="unseen">Thread</h1>
        {error ? <Trouble error={error} retry={reload} /> : <Loading what="the thread" />}
      </>
    );
  return (
    <>
      <Back />
      <Head
        thread={value.thread}
        campaign={value.thread.campaign?.name ?? campaign}
        connection={connection}
        set={(mark) => void set(mark)}
        problem={problem}
      />
      {error && <Trouble error={error} retry={reload} />}
      <Messages value={value} loading={loading} toNewest={draft === undefined} />
      {sends.toReversed().map((send) => (
        <SendStatus
          key={send.id}
          send={send}
          isFresh={send.id === fresh}
          changed={(next) => {
            put(next);
            if (next.state === 'confirmed') reload();
            if (next.state === 'undone') writing.takeBack(next);
          }}
        />
      ))}
      {writing.discarded && (
        <p class="notice" role="status">
          Your {writing.discarded.draft.kind} was discarded.{' '}
          <button type="button" class="link" ref={focusOnce} onClick={writing.restore}>
            Restore it
          </button>
        </p>
      )}
      {moved && draft && (
        <p class="notice" role="alert">
          Somebody has written in this thread since you began.{' '}
          <button
            type="button"
            class="link"
            onClick={() => latest !== undefined && writing.change({ ...draft, latest })}
          >
            I have read it
          </button>
        </p>
      )}
      {draft && connection ? (
        <Composer
          thread={id}
          draft={draft}
          connection={connection}
          conversation={value}
          files={writing.files}
          change={writing.change}
          changeFiles={writing.changeFiles}
          sent={(send) => {
            writing.putAway(send);
            setFresh(send.id);
            put(send);
            reload();
          }}
          discard={writing.discard}
          outdated={() => {
            reloadSends();
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
