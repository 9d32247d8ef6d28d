import type { Clock, Log, Random } from '../ports.ts';
import type { Connection, Forwarder } from '../provider.ts';
import type { Store } from '../store/store.ts';
import type { StoredSend } from './send.ts';

/** What one connection may send. */
export interface SendingLimits {
  /** The kill switch: nothing is sent. */
  readonly off: boolean;
  readonly perDay: number;
  readonly perConversationPerDay: number;
}

/** A connection as the send protocol sees it. */
export interface SendingConnection {
  readonly id: string;
  readonly connection: Connection;
  /** The vendor's own, or one that composes the mail and sends it by SMTP. */
  readonly forwards?: Forwarder;
  readonly limits: SendingLimits;
}

export interface FetchedFile {
  readonly contentBase64: string;
}

export interface SendingPorts {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  readonly log: Log;
  readonly connections: readonly SendingConnection[];
  /** Unguessable, never the same twice. */
  readonly newOwner: () => string;
  /** A file by its public URL. Throws `ProviderError`, with a sentence that names no URL. */
  readonly fetchFile: (url: string, bytesMax: number) => Promise<FetchedFile>;
  /** A machine's send came to an end; a hint for this process, where somebody waits for it. */
  readonly ended?: (send: StoredSend) => void;
}
