import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, api, type ConnectionView, type MessageView, type OutgoingFile, type SendView } from '../core/api.ts';
import { shown } from '../parts/parts.tsx';
import { Attach } from './attach.tsx';
import { type Draft, keepDraft } from './drafts.ts';
import { type ChosenFile, complaint, readFile } from './files.ts';
import { htmlOf, isRich } from './rich-text.ts';

/** How long a mail waits before it leaves, so that it can be called back. */
const UNDO_SECONDS = 8;

interface Properties {
  readonly thread: string;
  readonly draft: Draft;
  readonly connection: ConnectionView;
  readonly messages: readonly MessageView[];
  change(draft: Draft | undefined): void;
  sent(send: SendView): void;
}

const addressesOf = (text: string): string[] => text.split(/[,;\s]+/).filter((each) => each !== '');

function newestInbound(messages: readonly MessageView[]): MessageView | undefined {
  return messages.filter(({ direction }) => direction === 'inbound').at(-1);
}

function quoteOf(message: MessageView): string {
  const words = message.text ?? '';
  const lines = words.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => `> ${line}`);
  return `\n\n${shown(message.from.name ?? message.from.email)} wrote:\n${lines.join('\n')}`;
}

const filesOf = (files: readonly ChosenFile[]): { attachments?: readonly OutgoingFile[] } =>
  files.length === 0 ? {} : { attachments: files.map(({ bytes: _, ...file }) => file) };

function send(thread: string, draft: Draft, files: readonly ChosenFile[], override: boolean): Promise<SendView> {
  const copies = {
    ...(draft.cc.trim() === '' ? {} : { cc: addressesOf(draft.cc) }),
    ...(draft.bcc.trim() === '' ? {} : { bcc: addressesOf(draft.bcc) }),
    ...filesOf(files),
  };
  if (draft.kind === 'forward') {
    const note = draft.text.trim() === '' ? {} : { note: draft.text };
    return api.forward(thread, { to: addressesOf(draft.to), ...copies, ...note }, draft.key);
  }
  const words = isRich(draft.text) ? { html: htmlOf(draft.text), text: draft.text } : { text: draft.text };
  const guard = draft.latest === undefined || override ? {} : { ifLatestMessageId: draft.latest };
  const person = override ? { override: 'console' } : {};
  return api.reply(thread, { ...words, ...copies, ...guard, ...person, undoSeconds: UNDO_SECONDS }, draft.key);
}

function Field({
  label,
  value,
  change,
  hint,
}: {
  label: string;
  value: string;
  change: (value: string) => void;
  hint?: string;
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
        onInput={(event) => change(event.currentTarget.value)}
      />
    </label>
  );
}

/** Where a reply or a forward is written. */
export function Composer({ thread, draft, connection, messages, change, sent }: Properties) {
  const { can } = connection;
  const abilities = draft.kind === 'reply' ? can.reply : can.forward;
  const [files, setFiles] = useState<readonly ChosenFile[]>([]);
  const [problem, setProblem] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const editor = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(
    () => (draft.kind === 'reply' ? editor.current : form.current?.querySelector('input'))?.focus(),
    [draft.kind],
  );
  if (!abilities) return null;
  const set = (part: Partial<Draft>) => {
    const next = { ...draft, ...part };
    keepDraft(thread, next);
    change(next);
  };
  const refusal = complaint(files, abilities.attachments);
  const isReady = draft.kind === 'reply' ? draft.text.trim() !== '' : addressesOf(draft.to).length > 0;
  const newest = newestInbound(messages);
  const submit = async (override = false) => {
    if (!isReady || refusal || busy) return;
    setBusy(true);
    try {
      sent(await send(thread, draft, files, override));
      keepDraft(thread, undefined);
      change(undefined);
    } catch (error) {
      setProblem(
        error instanceof ApiError ? error : new ApiError(0, 'page', 'The mail could not be handed over; try again.'),
      );
      setBusy(false);
    }
  };
  const wrap = (mark: string) => {
    const area = editor.current;
    if (!area) return;
    const { selectionStart: from, selectionEnd: to, value } = area;
    set({ text: `${value.slice(0, from)}${mark}${value.slice(from, to)}${mark}${value.slice(to)}` });
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
    void Promise.all(dropped.map(readFile)).then((read) => setFiles([...files, ...read]));
  };
  const takesWords = draft.kind === 'reply' || (can.forward?.note ?? false);
  const mayOverride = problem?.type.includes('conversation-moved') || problem?.type.includes('possible-duplicate');
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
        <Field label="To" value={draft.to} hint="deals@acme.example" change={(to) => set({ to })} />
      )}
      {abilities.copies && <Field label="Cc" value={draft.cc} change={(cc) => set({ cc })} />}
      {abilities.copies && <Field label="Bcc" value={draft.bcc} change={(bcc) => set({ bcc })} />}
      {takesWords ? (
        <textarea
          ref={editor}
          rows={7}
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
      <Attach takes={abilities.attachments} files={files} change={setFiles} />
      {refusal && <p role="alert">{refusal}</p>}
      {problem && (
        <p role="alert" class="refused">
          {shown(problem.message)}{' '}
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
        {draft.kind === 'reply' && newest && (
          <button type="button" class="quiet" onClick={() => set({ text: draft.text + quoteOf(newest) })}>
            Quote
          </button>
        )}
        <button
          type="button"
          class="quiet"
          onClick={() => {
            keepDraft(thread, undefined);
            change(undefined);
          }}
        >
          Discard
        </button>
        <small class="hint">
          Ctrl Enter sends. {draft.kind === 'reply' && `You can undo it for ${UNDO_SECONDS} s.`}
        </small>
      </div>
    </form>
  );
}
