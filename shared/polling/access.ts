import { eventId } from '../events/event.ts';
import type { ProviderError } from '../failure.ts';
import { recordEvent } from '../outbox/record.ts';
import { isRefusal, type PolledConnection, type PollingPorts } from './feed/context.ts';
import { loadConnection, saveConnection } from './state/connection.ts';

async function recordAccessEvent(
  polled: PolledConnection,
  ports: PollingPorts,
  type: 'connection.unauthorized' | 'connection.recovered',
  details: { readonly episode: string; readonly reason: string },
): Promise<void> {
  const data = { connection: polled.id, provider: polled.connection.provider.id, ...details };
  const timestamp = new Date(ports.clock.now()).toISOString();
  const recorder = { store: ports.store, now: () => ports.clock.now() };
  await recordEvent(recorder, eventId(type, polled.id, details.episode), { type, timestamp, data }, polled.id);
}

/** What a poll showed of the key. */
export interface Access {
  /** How the connection failed, not one of its feeds. */
  readonly failure: ProviderError | undefined;
  /** The vendor carried out a call. */
  readonly accepted: boolean;
}

/**
 * Records once per episode that the vendor refuses the key, and once that it accepts it again. The episode is written
 * before its first event and cleared after its last, so a crash between the two repeats a put, never an event.
 */
export async function recordAccess(
  polled: PolledConnection,
  ports: PollingPorts,
  { failure, accepted }: Access,
): Promise<void> {
  const stored = (await loadConnection(ports.store, polled.id)) ?? {
    record: { provider: polled.connection.provider.id },
    version: 0,
  };
  const { unauthorized, ...record } = stored.record;
  if (failure && isRefusal(failure)) {
    const episode = unauthorized?.episode ?? new Date(ports.clock.now()).toISOString();
    const began =
      unauthorized ||
      (await saveConnection(ports.store, polled.id, { ...record, unauthorized: { episode } }, stored.version));
    if (began) await recordAccessEvent(polled, ports, 'connection.unauthorized', { episode, reason: failure.message });
  } else if (accepted && unauthorized) {
    const reason = 'The vendor accepts the key again.';
    await recordAccessEvent(polled, ports, 'connection.recovered', { episode: unauthorized.episode, reason });
    await saveConnection(ports.store, polled.id, record, stored.version);
  }
}
