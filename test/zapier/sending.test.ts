import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../shared/failure.ts';
import type { Message } from '../../shared/model.ts';
import type { Receipt, ThreadContent } from '../../shared/provider.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';
import type { Sending } from '../../zapier/creates/mail-step.ts';
import { sendOnce } from '../../zapier/creates/sending.ts';
import { deadlineIn } from '../../zapier/deadline.ts';
import type { Edge } from '../../zapier/edge.ts';
import { Halt, Postponed } from '../../zapier/errors.ts';
import { memoryOf } from '../../zapier/memory.ts';

const WORDS = 'Thursday at ten suits us very well.';
const NOW = Date.UTC(2025, 0, 20, 12);

function message(id: string, direction: Message['direction'], text: string, sentAt: number): Message {
  return {
    id,
    direction,
    text,
    sentAt,
    from: { email: `${id}@acme.example` },
    to: [],
    cc: [],
    bcc: [],
    attachments: [],
    vendor: {},
  };
}

/** A thread in which the lead asked, and a step that answers. */
function stage() {
  let now = NOW;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const entries = new Map<string, unknown>();
  const cache = {
    get: async (key: string) => entries.get(key) ?? null,
    set: async (key: string, value: unknown) => void entries.set(key, value),
    delete: async (key: string) => void entries.delete(key),
  };
  const messages: Message[] = [message('ask', 'inbound', 'When?', NOW - 60_000)];
  const posts: string[] = [];
  let answer = async (): Promise<Receipt> => ({ messageId: 'm1' });
  const [provider] = PROVIDERS;
  if (!provider) throw new Error('no provider');
  const log = { info: () => {}, warn: () => {} };
  const ports = { clock, log, random: () => 0, http: () => Promise.reject(new Error('no network')) };
  const opened = provider.connect({ apiKey: 'key', quotaShare: 1 }, ports);
  const content = async (): Promise<ThreadContent> => ({ messages, unreadable: [], campaign: null });
  const connection = { ...opened, threads: { ...opened.threads, content, keyOf: (id: string) => id } };
  const sending: Sending = {
    threadId: 'thread',
    mail: { kind: 'reply', text: WORDS, html: `<p>${WORDS}</p>`, cc: [], bcc: [], files: [] },
    files: [],
    isShown: true,
    prepare: async () => ({
      post: async () => {
        posts.push(WORDS);
        return await answer();
      },
    }),
  };
  const run = (changes: Partial<Sending> = {}, leftMs = 27_000) => {
    const edge: Edge = {
      provider,
      connection,
      memory: memoryOf(cache, { sleep: () => new Promise(() => {}) }),
      clock,
      random: () => 0,
      log,
      http: ports.http,
      deadline: deadlineIn(leftMs, clock),
      isTest: false,
    };
    return sendOnce(edge, { ...sending, ...changes });
  };
  return {
    run,
    posts,
    messages,
    forget: () => entries.clear(),
    answers(next: () => Promise<Receipt>) {
      answer = next;
    },
    show: () => messages.push(message('ours', 'outbound', WORDS, NOW + 1_000)),
  };
}

const failing = (kind: 'unavailable' | 'invalid', mayHaveHappened: boolean) => async (): Promise<never> => {
  const failure =
    kind === 'invalid' ? ({ kind, issues: ['no'] } as const) : ({ kind, mayHaveHappened, code: 'reset' } as const);
  throw new ProviderError(failure, { provider: 'Acme', operation: 'reply' });
};

describe('a send from Zapier', () => {
  it('posts once, and says so when it is run again', async () => {
    const { run, posts } = stage();
    expect(await run()).toMatchObject({ was_sent_before: false, message_id: 'm1' });
    expect(await run()).toMatchObject({ was_sent_before: true });
    expect(posts).toHaveLength(1);
  });

  it('posts the same words again once the lead has written again', async () => {
    const { run, posts, messages } = stage();
    await run();
    messages.push(message('again', 'inbound', 'And the week after?', NOW + 5_000));
    await run();
    expect(posts).toHaveLength(2);
  });

  it('is recognised in the conversation when all that was remembered is gone', async () => {
    const { run, posts, forget, show } = stage();
    await run();
    show();
    forget();
    expect(await run()).toMatchObject({ was_sent_before: true, message_id: 'ours' });
    expect(posts).toHaveLength(1);
  });

  it('halts when nobody can tell, and halts again instead of posting', async () => {
    const { run, posts, answers } = stage();
    answers(failing('unavailable', true));
    await expect(run()).rejects.toThrow(Halt);
    answers(async () => ({}));
    await expect(run()).rejects.toThrow('It may have been sent');
    expect(posts).toHaveLength(1);
  });

  it('halts for errors it does not know, too', async () => {
    const { run, answers } = stage();
    answers(async () => {
      throw new TypeError('surprise');
    });
    await expect(run()).rejects.toThrow(Halt);
  });

  it('is found later by a run that could not tell before', async () => {
    const { run, answers, show } = stage();
    answers(failing('unavailable', true));
    await expect(run()).rejects.toThrow(Halt);
    show();
    expect(await run()).toMatchObject({ status: 'sent', was_sent_before: true });
  });

  it.each([
    ['nothing left', failing('unavailable', false)],
    ['the vendor said no', failing('invalid', false)],
  ])('can be run again when %s', async (_, answer) => {
    const { run, posts, answers } = stage();
    answers(answer);
    await expect(run()).rejects.toThrow(ProviderError);
    answers(async () => ({}));
    expect(await run()).toMatchObject({ was_sent_before: false });
    expect(posts).toHaveLength(2);
  });

  it('posts nothing when the call has too little time left', async () => {
    const { run, posts } = stage();
    await expect(run({}, 5_000)).rejects.toThrow(Postponed);
    expect(await run()).toMatchObject({ was_sent_before: false });
    expect(posts).toHaveLength(1);
  });

  it('posts nothing while a run that died may have posted', async () => {
    const { run, posts, answers } = stage();
    let dies = (): void => {};
    answers(
      () =>
        new Promise((_, reject) => {
          dies = () => reject(new Error('gone'));
        }),
    );
    const first = run();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(run()).rejects.toThrow(Halt);
    dies();
    await expect(first).rejects.toThrow(Halt);
    expect(posts).toHaveLength(1);
  });
});
