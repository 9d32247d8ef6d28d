import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type SendView, sentenceOf } from '../core/api.ts';
import { useLoad } from '../core/load.ts';
import { Badge, said, Time } from '../parts/parts.tsx';

const TONES: Readonly<Record<string, string>> = {
  waiting: 'busy',
  sending: 'busy',
  sent: 'busy',
  confirmed: 'good',
  decided: 'good',
  refused: 'bad',
  failed: 'bad',
  uncertain: 'warn',
  needs_decision: 'bad',
  undone: 'plain',
};

const ENDED: ReadonlySet<string> = new Set(['confirmed', 'refused', 'failed', 'decided', 'undone']);
const EVERY_MS = 2_000;

interface Step {
  readonly name: string;
  readonly meaning: string;
  run(): Promise<SendView>;
}

function stepsOf({ id, state }: SendView): readonly Step[] {
  if (state === 'needs_decision' || state === 'uncertain')
    return [
      {
        name: 'It was sent',
        meaning: 'You have looked into the conversation and the mail is there, or you want no second one.',
        run: async () => await api.decide(id, 'sent', 'console'),
      },
      {
        name: 'Send it again',
        meaning: 'You have looked and the mail is not there. If it shows up later after all, the lead has it twice.',
        run: async () => await api.decide(id, 'resend', 'console'),
      },
    ];
  if (state === 'failed')
    return [
      {
        name: 'Try again',
        meaning: 'Nothing has left; the same mail is tried anew.',
        run: async () => await api.again(id),
      },
    ];
  if (state === 'waiting')
    return [{ name: 'Undo', meaning: 'It has not left yet.', run: async () => await api.undo(id) }];
  return [];
}

const words = (state: string) => state.replaceAll('_', ' ');

interface Properties {
  readonly send: SendView;
  /** It was handed over just now, in this page: the keyboard goes on here. */
  readonly isFresh?: boolean;
  changed(send: SendView): void;
}

/** One mail on its way: what became of it so far, live, and what a person can do about it. */
export function SendStatus({ send, isFresh = false, changed }: Properties) {
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!isFresh) return;
    section.current?.focus({ preventScroll: true });
    section.current?.scrollIntoView({ block: 'nearest' });
  }, [isFresh]);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const steps = stepsOf(send);
  const follow = ENDED.has(send.state) ? undefined : EVERY_MS;
  useLoad(
    `send ${send.id} ${ENDED.has(send.state)}`,
    async () => {
      if (follow === undefined) return;
      const now = await api.send(send.id);
      if (now.state !== send.state || now.steps.length !== send.steps.length) changed(now);
    },
    follow,
  );
  const run = async (step: Step) => {
    setBusy(true);
    try {
      changed(await step.run());
      setProblem(undefined);
    } catch (error) {
      setProblem(sentenceOf(error));
    }
    setBusy(false);
  };
  return (
    <section class="send" ref={section} tabIndex={-1} aria-label={`${send.kind} ${words(send.state)}`}>
      <p role="status">
        <Badge tone={TONES[send.state] ?? 'plain'}>{words(send.state)}</Badge>{' '}
        <span>
          {send.kind === 'reply' ? 'Reply' : `Forward to ${send.to?.join(', ') ?? 'others'}`},{' '}
          <Time at={send.acceptedAt} />
        </span>
      </p>
      <p class="meaning">{said(send.meaning)}</p>
      {steps.map((step) => (
        <p key={step.name} class="step">
          <button type="button" disabled={busy} onClick={() => void run(step)}>
            {step.name}
          </button>{' '}
          <small>{step.meaning}</small>
        </p>
      ))}
      {problem && <p role="alert">{problem}</p>}
    </section>
  );
}
