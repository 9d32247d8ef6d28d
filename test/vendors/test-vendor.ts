import type { Parts } from '../../sandbox/sandbox.ts';
import type { Switches } from '../../sandbox/switches.ts';
import type { World } from '../../sandbox/world.ts';
import type { NewMessage, WorldMessage, WorldThread } from '../../sandbox/world-model.ts';
import type { Http } from '../../shared/ports.ts';
import type { Provider } from '../../shared/provider.ts';

/** How an event names a thread. */
export interface NamedThread {
  readonly thread: string;
  readonly campaign: string;
  readonly lead: string;
}

/** What the tests know of a vendor beside its provider: how it is reached over the sandbox's world, and what names what there. */
export interface TestVendor {
  readonly provider: Provider;
  /** Without sockets. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Its side over a world, with the faults of the switches. */
  http(parts: Parts): Http;
  /** Keys as they should be; a key that may not read replies; and one that is not known. */
  readonly keys: Readonly<Record<'right' | 'weak' | 'unknown', Partial<Switches>>>;
  /** Pages of so few rows, where a caller cannot ask for them. */
  smallPages(rows: number): Partial<Switches>;
  /** Calls that a new message of a known thread costs a poll, and the first of a new one. */
  readonly callsForNews: { readonly known: number; readonly first: number };
  /** Threads outside of any campaign. */
  readonly outsideCampaigns: boolean;
  /** A message's id as events name it, and what a message is made with to have it. */
  messageId(message: WorldMessage): string;
  withMessageId(id: string): Partial<NewMessage>;
  /** What `badRowIds` names to spoil one row of this thread. */
  rowId(thread: WorldThread): string;
  threadNamed(world: World, named: NamedThread): WorldThread | undefined;
  /** The feed that shows it. */
  feedOf(thread: WorldThread): string;
  /** URLs of a feed's list, and of its interested part. */
  readonly lists: RegExp;
  readonly interestedLists: RegExp;
  /** What of such a URL says which page it is, and how the first one is asked for. */
  readonly pageInUrl: RegExp;
  readonly topInUrl: RegExp;
  /** Requests that open this thread; absent where rows carry their messages. */
  openings?(thread: WorldThread): RegExp;
  /** Changes the rows in an answer of a list. */
  withRows(body: string, change: (rows: readonly Row[]) => readonly Row[]): string;
  /** A row whose time no one can read; absent where such a row is not read at all. */
  withoutTime?(row: Row): Row;
}

/** As the vendor sends it. */
export type Row = Readonly<Record<string, unknown>>;
