import { UserError } from '../shared/failure.ts';
import type { Connection } from '../shared/provider.ts';
import { refuseUnreadable } from '../shared/providers/refuse.ts';

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
  const { label } = connection.provider;
  return {
    ...connection,
    campaigns: { list: async () => await visible(connection, await campaigns.list()) },
    feeds: { ...feeds, feeds: async (wanted) => await visible(connection, await feeds.feeds(wanted)) },
    threads: {
      ...threads,
      async list(query, cursor) {
        const page = await threads.list(query, cursor);
        refuseUnreadable(label, 'list threads', page.threads, page.unreadable);
        return page;
      },
      async content(threadId) {
        const content = await threads.content(threadId);
        refuseUnreadable(label, 'read messages', content.messages, content.unreadable);
        return content;
      },
    },
  };
}
