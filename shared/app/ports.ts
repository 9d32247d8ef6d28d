import type { Secrets } from '../config/secret.ts';
import type { Mail } from '../forwarding/mailer.ts';
import type { Ports } from '../ports.ts';
import type { FetchedFile } from '../sending/ports.ts';
import type { PutOnBus, SendToQueue, ShowEvent } from '../sinks/ports.ts';
import type { Store } from '../store/store.ts';

/** To open the vendors. */
export interface ConnectionPorts extends Ports {
  readonly secrets: Secrets;
  /** The sentence that says why a URL may not be called. */
  readonly checkUrl: (url: string) => string | undefined;
}

export interface PollerPorts extends ConnectionPorts {
  readonly store: Store;
}

export type { ShowEvent } from '../sinks/ports.ts';

/** Everything the world has to give. */
export interface AppPorts extends PollerPorts {
  readonly mail: Mail;
  readonly fetchFile: (url: string, bytesMax: number) => Promise<FetchedFile>;
  /** Unguessable, never the same twice. */
  readonly newOwner: () => string;
  /** A send was accepted and can go on; it is stored, and due. */
  readonly wakeSend: (id: string) => void;
  /** Where the stdout sink writes; absent where there is nobody to read it. */
  readonly show?: ShowEvent;
  readonly putOnBus: PutOnBus;
  readonly sendToQueue: SendToQueue;
}
