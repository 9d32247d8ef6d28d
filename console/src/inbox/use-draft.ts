import { useRef, useState } from 'preact/hooks';
import type { SendView } from '../core/api.ts';
import { asNew, type Draft, keepDraft, newDraft, type Put, readDraft } from './drafts.ts';
import type { ChosenFile } from './files.ts';

const isEmpty = ({ draft, files }: Put): boolean =>
  [draft.text, draft.to, draft.cc, draft.bcc].every((words) => words.trim() === '') && files.length === 0;

/** What is being written in a thread, and what can be taken back of what was. */
export function useDraft(thread: string) {
  const [draft, setDraft] = useState<Draft | undefined>(() => readDraft(thread));
  const [files, setFiles] = useState<readonly ChosenFile[]>([]);
  const [discarded, setDiscarded] = useState<Put>();
  const sent = useRef(new Map<string, Put>());
  const open = (next: Put | undefined) => {
    keepDraft(thread, next?.draft);
    setDraft(next?.draft);
    setFiles(next?.files ?? []);
  };
  const leave = () => {
    setDiscarded(draft && !isEmpty({ draft, files }) ? { draft, files } : undefined);
    open(undefined);
  };
  return {
    draft,
    files,
    discarded,
    change: setDraft,
    changeFiles: setFiles,
    begin: (kind: Draft['kind'], latest: string | undefined) => {
      if (draft?.kind === kind) return;
      leave();
      setDraft(newDraft(kind, latest));
    },
    discard: leave,
    /** What is being written instead changes places with it. */
    restore: () => {
      leave();
      open(discarded);
    },
    putAway: (send: SendView) => {
      if (draft) sent.current.set(send.id, { draft, files });
      open(undefined);
    },
    /** The words of a mail that was called back, to be written on. */
    takeBack: ({ id }: SendView) => {
      const put = sent.current.get(id);
      if (put && !draft) open({ ...put, draft: asNew(put.draft) });
    },
  };
}
