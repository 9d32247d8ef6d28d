import type { Event } from '../events/event.ts';
import type { Clock, Http, Log } from '../ports.ts';
import type { Starrer } from '../provider.ts';
import type { SendingPorts } from '../sending/ports.ts';
import type { Labelling } from './filter.ts';

/** One entry of PutEvents. */
export interface BusEntry {
  readonly source: string;
  readonly detailType: string;
  /** JSON text. */
  readonly detail: string;
  /** Name or ARN. */
  readonly bus: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/**
 * Puts one entry on the bus. Resolves to the code with which the bus refused it, or to nothing when it took it: an answer
 * of 200 may hold a failed entry. Rejects when there was no answer.
 */
export type PutOnBus = (entry: BusEntry) => Promise<{ readonly errorCode?: string }>;

export interface QueueMessage {
  readonly url: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of a queue that keeps order: what is kept in order, and by what a repeat is known. */
  readonly inOrder?: { readonly group: string; readonly deduplication: string };
}

/** Rejects when the queue did not take it. */
export type SendToQueue = (message: QueueMessage) => Promise<void>;

/** Where the stdout sink writes: a line of NDJSON, or a line for a person. */
export type ShowEvent = (id: string, event: Event) => void;

export interface AutomationPorts {
  readonly sending: SendingPorts;
  /** A connection's setter of stars. */
  readonly starrer: (connection: string) => Starrer | undefined;
  /** Runs the send soon; it is stored already, and due. */
  readonly wake: (sendId: string) => void;
}

/** What sinks need of the world. */
export interface SinkPorts {
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  /** What a text of the config stands for, as it is known now. */
  readonly secrets: { get(text: string): { readonly value: string } | { readonly lack: string } };
  /** The sentence that says why a URL may not be called. */
  readonly checkUrl: (url: string) => string | undefined;
  /** Absent where there is nobody to read it. */
  readonly show?: ShowEvent;
  readonly putOnBus: PutOnBus;
  readonly sendToQueue: SendToQueue;
  /** Of the console, for links to it. */
  readonly consoleUrl?: string;
  readonly automation: AutomationPorts;
  readonly labelling: Labelling;
}
