import type { Instant } from '../model.ts';
import type { Sink } from '../outbox/sink.ts';
import type { FeedLag } from '../polling/poller.ts';
import type { Clock, Log } from '../ports.ts';
import type { Budget, Connection, Provider } from '../provider.ts';
import type { SendingPorts } from '../sending/ports.ts';
import type { Store } from '../store/store.ts';
import type { ConsoleFiles } from './console.ts';
import type { Caller } from './scopes.ts';
import type { CheckView, PollView, ProbeView, ProgressView } from './shapes.ts';

export interface ApiConnection {
  readonly id: string;
  /** For what people do; polling has a share of the vendor's budget of its own. */
  readonly connection: Connection;
  readonly campaigns: readonly string[];
  readonly paused: boolean;
  /** Asked of the store where other processes poll, so only by who tells of it. */
  lags(): Promise<readonly FeedLag[]>;
  poll(): Promise<PollView>;
  /** Returning early from the answer leaves the backfill to the polls. */
  backfill(since: Instant | 'all'): AsyncIterable<ProgressView>;
}

/** A token of the process itself, valid while that runs and kept in no store. */
export interface OwnToken {
  readonly by: Exclude<Caller['by'], 'api'>;
  /** sha256 in hex. */
  readonly hash: string;
}

/** What is needed to know who asks. */
export interface Door {
  readonly store: Store;
  readonly ownTokens?: readonly OwnToken[];
}

/** What the routes stand on. */
export interface ApiDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly connections: readonly ApiConnection[];
  readonly sinks: readonly Sink[];
  /** The shard that the checkpoints of a connection's feeds lie in. */
  readonly shardOf: (connection: string) => number;
  /** Polling's share of the vendor's budget; undefined where another process polls. */
  readonly pollingBudget: (connection: string) => Budget | undefined;
  /** The sentence that says why a URL may not be called. */
  readonly checkUrl: (url: string) => string | undefined;
  /** A webhook was made, changed or removed at run time. */
  subscriptionsChanged(): void;
  /** Tells a target that it hears nothing any more. */
  sayGoodbye(subscription: { readonly url: string }): Promise<void>;
  /** Unguessable text, URL-safe, of at least 128 bits. */
  readonly newSecret: () => string;
  readonly sending: SendingPorts;
  /** A send can go on: resolves when the answer may tell of it, which is at once where a loop sees to it. */
  wakeSend(id: string): Promise<void>;
  doctor(): Promise<readonly CheckView[]>;
  /** Holds a vendor against what is assumed of it; reads, and never writes. */
  probe(connection: ApiConnection): Promise<ProbeView>;
  /** Every vendor there is. */
  readonly providers: readonly Pick<Provider, 'id' | 'label'>[];
  /** Connects with a key and forgets it; a key that does not work is thrown as any failure of its vendor. */
  tryKey(
    provider: string,
    apiKey: string,
  ): Promise<{ readonly warning: string | null; readonly campaigns: number | null }>;
  /** Writes a config of this name that is not there yet, and says where. Absent where there is no place for one. */
  readonly writeConfig?: (file: string, text: string) => Promise<string>;
  /** Something is due: deliver it now, not at the next round. */
  wake(): void;
  /** Copies the whole database into a file that is not there yet, and gives its size. Absent where the cloud keeps copies. */
  readonly backUp?: (file: string) => Promise<number>;
  /** The demo: invented accounts on this machine. */
  readonly isSandbox: boolean;
}

/** Where the API is at home. Nothing is opened before somebody may ask. */
export interface ApiHost {
  readonly door: Door;
  readonly log: Log;
  open(): Promise<ApiDeps>;
  /** The page, read when somebody first opens it; undefined where none could be built. */
  readonly console?: () => Promise<ConsoleFiles | undefined>;
}
