import { useCallback, useState } from 'preact/hooks';
import { api, type SendView } from '../core/api.ts';
import { useLoad } from '../core/load.ts';

const lastStepAt = ({ steps }: SendView): string => steps.at(-1)?.at ?? '';

/** Answers come in any order, and one that was asked for before a change tells of what was before it. */
const laterOf = (known: SendView, told: SendView): SendView => (lastStepAt(known) > lastStepAt(told) ? known : told);

export interface Sends {
  /** Newest first. */
  readonly sends: readonly SendView[];
  /** One that was handed over here, or of which something new was told. */
  put(send: SendView): void;
  reload(): void;
}

/** The mails of a thread: those that were listed, and those of which this page was told since. */
export function useSends(thread: string): Sends {
  const { value: listed = [], reload } = useLoad(`sends ${thread}`, async () =>
    (await api.sends({ thread })).items.filter((send) => send.thread === thread),
  );
  const [told, setTold] = useState<ReadonlyMap<string, SendView>>(new Map());
  const put = useCallback(
    (send: SendView) => setTold((before) => new Map(before).set(send.id, laterOf(before.get(send.id) ?? send, send))),
    [],
  );
  const names = new Set(listed.map(({ id }) => id));
  const unlisted = [...told.values()].filter(({ id }) => !names.has(id)).toReversed();
  return { sends: [...unlisted, ...listed.map((send) => laterOf(send, told.get(send.id) ?? send))], put, reload };
}
