import { ProviderError } from '../failure.ts';
import { type Connection, need } from '../provider.ts';

/**
 * Marks a thread read or unread, and looks whether it is. Throws `unsupported` where the vendor has no marks, or took the
 * request and changed nothing.
 */
export async function setRead(connection: Connection, threadId: string, read: boolean): Promise<boolean> {
  const seen = await need(connection, 'readMarks').setRead(threadId, read);
  if (seen === read) return seen;
  throw new ProviderError(
    { kind: 'unsupported', capability: `marking a thread as ${read ? 'read' : 'unread'}` },
    { provider: connection.provider.label, operation: 'mark read' },
  );
}
