import type { Message } from '../shared/model.ts';
import type { Provider } from '../shared/provider.ts';
import { cut } from '../shared/text/plain.ts';
import { ownText } from '../shared/text/read.ts';
import { openEdge } from './edge.ts';
import { told } from './errors.ts';
import { stashed } from './files.ts';
import { neededText, textOf, threadIdOf } from './input.ts';
import { type Later, nameOf } from './items.ts';
import type { Perform, Z } from './platform.ts';

const HISTORY_CHARACTERS_MAX = 200_000;

export interface Hydrators {
  readonly threadHistory: Perform<string>;
  readonly attachment: Perform<string>;
}

/** The readable words of a message, without what it quotes. */
export async function wordsOf(message: Message): Promise<string> {
  return ownText(message);
}

export async function historyOf(messages: readonly Message[]): Promise<string> {
  const parts: string[] = [];
  for (const message of messages) {
    const at = new Date(message.sentAt).toISOString().slice(0, 16).replace('T', ' ');
    parts.push(`${nameOf(message.from)}, ${at} UTC:\n${await wordsOf(message)}`);
  }
  return cut(parts.join('\n\n'), HISTORY_CHARACTERS_MAX);
}

export function hydratorsFor(providers: readonly Provider[]): Hydrators {
  return {
    threadHistory: told(async (z, bundle) => {
      const { connection } = openEdge(z, bundle, providers, { operation: 'thread_history' });
      return await historyOf((await connection.threads.content(threadIdOf(bundle))).messages);
    }),
    attachment: told(async (z, bundle) => {
      const url = neededText(bundle, 'url', 'URL');
      const filename = textOf(bundle, 'filename') ?? 'attachment';
      const contentType = textOf(bundle, 'content_type') ?? 'application/octet-stream';
      const { isTest, deadline } = openEdge(z, bundle, providers, { operation: 'attachment' });
      return await stashed(z, { url, filename, contentType }, { allowPrivate: isTest, deadline });
    }),
  };
}

/** Zapier takes no more than 6 KB with such a value. Source: hydration page. */
const URL_CHARACTERS_MAX = 4_000;

export function laterOf(z: Z, hydrators: Hydrators): Later {
  return {
    history: (threadId) => z.dehydrate(hydrators.threadHistory, { thread_id: threadId }),
    file: ({ url, filename, contentType }) => {
      const input = { url, filename: cut(filename, 200), content_type: cut(contentType, 100) };
      return url.length > URL_CHARACTERS_MAX ? null : z.dehydrateFile(hydrators.attachment, input);
    },
  };
}
