import { ProviderError, UserError } from '../shared/failure.ts';
import type { Unreadable } from '../shared/model.ts';
import type { Connection } from '../shared/provider.ts';

/** Throws where nothing of what came can be read. */
function checkRead(
  { provider }: Connection,
  operation: string,
  readable: number,
  unreadable: readonly Unreadable[],
): void {
  const [first] = unreadable;
  if (readable > 0 || !first) return;
  const failure = { kind: 'wire', issues: first.issues, mayHaveHappened: false } as const;
  throw new ProviderError(failure, { provider: provider.label, operation });
}

/** An account in which nothing is visible may be the only sign of a key that was revoked. */
async function visible<Item>(connection: Connection, items: readonly Item[]): Promise<readonly Item[]> {
  const { warning } = items.length === 0 ? await connection.verify() : {};
  if (warning !== undefined) throw new UserError(warning, 1);
  return items;
}

/**
 * The same connection, whose "nothing" says that there is nothing: a search must not find nothing, nor a trigger be quiet, because
 * nothing could be read.
 */
export function strict(connection: Connection): Connection {
  const { campaigns, feeds, threads } = connection;
  return {
    ...connection,
    campaigns: { list: async () => await visible(connection, await campaigns.list()) },
    feeds: { ...feeds, feeds: async (wanted) => await visible(connection, await feeds.feeds(wanted)) },
    threads: {
      ...threads,
      async list(query, cursor) {
        const page = await threads.list(query, cursor);
        checkRead(connection, 'list threads', page.threads.length, page.unreadable);
        return page;
      },
      async content(threadId) {
        const content = await threads.content(threadId);
        checkRead(connection, 'read messages', content.messages.length, content.unreadable);
        return content;
      },
    },
  };
}
