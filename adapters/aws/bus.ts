import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { BusEntry, PutOnBus } from '../../shared/sinks/ports.ts';

/** A try has to end while it is still ours. */
const WITHIN_MS = 15_000;

/** The client is loaded when the first event goes out. */
export function eventBridge(open?: () => EventBridgeClient): PutOnBus {
  let client: EventBridgeClient | undefined;
  return async ({ source, detailType, detail, bus, time }: BusEntry) => {
    const { EventBridgeClient: Client, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
    client ??= open?.() ?? new Client({});
    const entry = {
      Source: source,
      DetailType: detailType,
      Detail: detail,
      EventBusName: bus,
      Time: new Date(time),
    };
    const within = { abortSignal: AbortSignal.timeout(WITHIN_MS) };
    const { FailedEntryCount = 0, Entries = [] } = await client.send(
      new PutEventsCommand({ Entries: [entry] }),
      within,
    );
    // An answer of 200 may hold a failed entry.
    const errorCode = Entries[0]?.ErrorCode ?? (FailedEntryCount > 0 ? 'refused' : undefined);
    return errorCode === undefined ? {} : { errorCode };
  };
}
