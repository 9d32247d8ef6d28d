import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ConnectionView, ConversationView, MessageView, SendView } from '../core/api.ts';
import { said, shown } from '../parts/parts.tsx';
import { Attach, AttachedFiles } from './attach.tsx';
import { asNew, type Draft, keepDraft } from './drafts.ts';
import { type ChosenFile, complaint, readFile } from './files.ts';
import { explain, fieldComplaint, handOver, type Refusal, UNDO_SECONDS } from './handing-over.ts';
import { nameOf } from './message.tsx';
import { addressesOf } from './recipients.ts';

interface Properties {
  readonly thread: string;
  readonly draft: Draft;
  readonly connection: ConnectionView;
  readonly conversation: ConversationView;
  readonly files: readonly ChosenFile[];
  change(draft: Draft): void;
  changeFiles(files: readonly ChosenFile[]): void;
  sent(send: SendView): void;
  discard(): void;
  /** What became of this conversation's mails is to be read again. */
  outdated(): void;
}

function newestInbound(messages: readonly MessageView[]): MessageView | undefined {
  return messages.filter(({ direction }) => direction === 'inbound').at(-1);
}

function quoteOf(message: MessageView, { lead }: ConversationView['thread']): string {
  const words = message.text ?? '';
  const lines = words.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => `> ${line}`);
  return `\n\n${nameOf(message.from, lead)} wrote:\n${lines.join('\n')}`;
}

function Field({
  label,
  value,
  change,
  hint,
  problem,
}: {
  label: string;
  value: string;
  change: (value: string) => void;
  hint?: string;
  problem: string | undefined;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        inputMode="email"
        autoComplete="off"
        value={value}
        placeholder={hint}
        aria-invalid={problem !== undefined}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </label>
  );
}

/** Where a reply or a forward is written. */
export function Composer(properties: Properties) {
  const { thread, draft, connection, conversation, files, change, changeFiles, sent, discard, outdated } = properties;
  const { can } = connection;
  const abilities = draft.kind === 'reply' ? can.reply : can.forward;
  const [problem, setProblem] = useState<Refusal>();
  const [busy, setBusy] = useState(false);
  const editor = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const caret = useRef<number | undefined>(undefined);
  useEffect(() => {
    (draft.kind === 'reply' ? editor.current : form.current?.querySelector('input'))?.focus({ preventScroll: true });
    form.current?.scrollIntoView({ block: 'nearest' });
  }, [draft.kind]);
  useEffect(() => {
    if (!problem) return;
    form.current?.querySelector('[role="alert"]')?.scrollIntoView({ block: 'nearest' });
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problem]);
  useLayoutEffect(() => {
    if (caret.current === undefined) return;
    editor.current?.setSelectionRange(caret.current, caret.current);
    editor.current?.focus();
    caret.current = undefined;
  });
  if (!abilities) return null;
  const keep = (next: Draft) => {
    keepDraft(thread, next);
    change(next);
  };
  const set = (part: Partial<Draft>) => {
    setProblem(undefined);
    keep({ ...draft, ...part });
  };
  const refusal = complaint(files, abilities.attachments);
  const isReady = draft.kind === 'reply' ? draft.text.trim() !== '' : addressesOf(draft.to).length > 0;
  const newest = newestInbound(conversation.messages);
  const submit = async (override = false) => {
    if (!isReady || refusal || busy) return;
    const wrong = fieldComplaint(draft);
    setProblem(wrong);
    if (wrong) return;
    setBusy(true);
    try {
      sent(await handOver(thread, draft, files, override));
    } catch (failure) {
      const { error, isTaken } = await explain(thread, draft, failure);
      if (isTaken) {
        keep(asNew(draft));
        outdated();
      }
      setProblem({ error });
      setBusy(false);
    }
  };
  const wrap = (mark: string) => {
    const area = editor.current;
    if (!area) return;
    const { selectionStart: from, selectionEnd: to, value } = area;
    caret.current = to + mark.length + (from === to ? 0 : mark.length);
    set({ text: `${value.slice(0, from)}${mark}${value.slice(from, to)}${mark}${value.slice(to)}` });
  };
  const quote = (message: MessageView) => {
    caret.current = draft.text.length;
    set({ text: draft.text + quoteOf(message, conversation.thread) });
  };
  const keys = (event: KeyboardEvent) => {
    const command = event.metaKey || event.ctrlKey;
    if (command && event.key === 'Enter') {
      event.preventDefault();
      void submit();
    }
    if (command && (event.key === 'b' || event.key === 'i') && event.target === editor.current) {
      event.preventDefault();
      wrap(event.key === 'b' ? '**' : '_');
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    const dropped = [...(event.dataTransfer?.files ?? [])];
    if (abilities.attachments.by !== 'content' || dropped.length === 0) return;
    void Promise.all(dropped.map(readFile)).then((read) => changeFiles([...files, ...read]));
  };
  const takesWords = draft.kind === 'reply' || (can.forward?.note ?? false);
  const field = problem && 'field' in problem ? problem : undefined;
  const error = problem && 'error' in problem ? problem.error : undefined;
  const problemOf = (label: string) => (field?.field === label ? field.detail : undefined);
  const mayOverride = error?.type.includes('conversation-moved') || error?.type.includes('possible-duplicate');
  return (
    <form
      ref={form}
      class="composer"
      aria-label={draft.kind === 'reply' ? 'Reply' : 'Forward'}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={keys}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      {draft.kind === 'reply' && can.reply.sideEffect && <p class="notice">{can.reply.sideEffect}</p>}
      {draft.kind === 'forward' && (
        <Field
          label="To"
          value={draft.to}
          hint="deals@acme.example"
          change={(to) => set({ to })}
          problem={problemOf('To')}
        />
      )}
      {abilities.copies && (
        <>
          <Field label="Cc" value={draft.cc} change={(cc) => set({ cc })} problem={problemOf('Cc')} />
          <Field label="Bcc" value={draft.bcc} change={(bcc) => set({ bcc })} problem={problemOf('Bcc')} />
        </>
      )}
      {takesWords ? (
        <textarea
          ref={editor}
          value={draft.text}
          aria-label={draft.kind === 'reply' ? 'Your reply' : 'Your note'}
          placeholder={
            draft.kind === 'reply'
              ? 'Write your reply …  **bold**, _italics_, - lists and links work'
              : 'A note on top (optional)'
          }
          onInput={(event) => set({ text: event.currentTarget.value })}
        />
      ) : (
        <p class="notice">The vendor forwards this thread itself and takes no note.</p>
      )}
      <AttachedFiles files={files} change={changeFiles} />
      {refusal && <p role="alert">{refusal}</p>}
      {field && <p role="alert">{shown(field.detail)}</p>}
      {error && (
        <p role="alert" class="refused">
          {said(error.message)}{' '}
          {mayOverride && (
            <button type="button" onClick={() => void submit(true)}>
              Send it all the same
            </button>
          )}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="main" disabled={!isReady || refusal !== undefined || busy}>
          {draft.kind === 'reply' ? 'Send reply' : 'Forward'}
        </button>
        <Attach takes={abilities.attachments} files={files} change={changeFiles} />
        {draft.kind === 'reply' && newest && (
          <button type="button" class="quiet" onClick={() => quote(newest)}>
            Quote
          </button>
        )}
        <button type="button" class="quiet" onClick={discard}>
          Discard
        </button>
        <small class="hint">
          <span class="by-key">Ctrl Enter sends.</span>{' '}
          {draft.kind === 'reply' && `You can undo it for ${UNDO_SECONDS} s.`}
        </small>
      </div>
    </form>
  );
}
