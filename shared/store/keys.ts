import { createHash } from 'node:crypto';
import type { Instant } from '../model.ts';
import type { Address } from './store.ts';

/*
 * Every partition and sort key there is. Tables that are deployed hold them, so none of them ever changes: a document
 * under another key is not there.
 */

const DAY_MS = 24 * 3_600_000;
/** Days are counted from 1970, in UTC. */
export const dayNumber = (instant: Instant): number => Math.floor(instant / DAY_MS);
export const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');
const padded = (number: number, digits: number) => String(number).padStart(digits, '0');

// Events

const EVENT = 'EVENT#';
export const eventAddress = (id: string): Address => ({ partition: `${EVENT}${id}`, key: 'event' });
export const isEventAddress = ({ partition, key }: Address): boolean => partition.startsWith(EVENT) && key === 'event';
export const eventOfAddress = ({ partition }: Address): string => partition.slice(EVENT.length);
/** What became of an event at a sink, beside the event, so that one Query reads all there is of it. */
const DELIVERY = 'delivery#';
export const deliveryAddress = (event: string, sink: string): Address => ({
  partition: `${EVENT}${event}`,
  key: `${DELIVERY}${sink}`,
});
/** All deliveries of an event, without the event. */
export const deliveriesPartition = (event: string) => ({ partition: `${EVENT}${event}`, prefix: DELIVERY });
/** Undefined for what is no delivery. */
export const sinkOfAddress = ({ partition, key }: Address): string | undefined =>
  partition.startsWith(EVENT) && key.startsWith(DELIVERY) ? key.slice(DELIVERY.length) : undefined;

// Sinks and tokens

export const SINKS = 'SINKS';
export const sinkAddress = (id: string): Address => ({ partition: SINKS, key: id });
export const TOKENS = 'TOKENS';
export const tokenAddress = (id: string): Address => ({ partition: TOKENS, key: id });

export const SUBSCRIPTIONS = 'SUBSCRIPTIONS';
export const subscriptionAddress = (id: string): Address => ({ partition: SUBSCRIPTIONS, key: id });

// Polling

export const connectionAddress = (id: string): Address => ({ partition: 'CONNECTIONS', key: id });

/** One partition holds the checkpoints of up to 1,000 feeds, so that one Query reads them. */
export const shardPartition = (shard: number): string => `SHARD#${shard}`;
/** A feed's key in its shard. Connection ids hold no slash. */
export const feedKey = (connection: string, feed: string): string => `${connection}/${feed}`;
export function feedOfKey(key: string): { readonly connection: string; readonly feed: string } {
  const slash = key.indexOf('/');
  return { connection: key.slice(0, slash), feed: key.slice(slash + 1) };
}

/** In the place of a feed's id, and no feed's: what lies beside the checkpoints of a connection. */
export const NO_FEED = '';
/** The backfill that goes on in a connection: beside its checkpoints, so that who reads them reads it too. */
export const askedBackfillAddress = (shard: string, connection: string): Address => ({
  partition: shard,
  key: feedKey(connection, NO_FEED),
});

export const scanClocksPartition = (shard: number): string => `TAILS#${shard}`;
export const scanClocksKey = (chunk: number): string => padded(chunk, 2);

export const feedPartition = (connection: string, feed: string): string => `FEED#${connection}/${feed}`;
/** What the rows of a feed's list looked like, where that is remembered. */
export const rowsPartition = (connection: string, feed: string): string => `ROWS#${connection}/${feed}`;
/** A chunk of one of the maps that are kept of a feed. */
export const chunkKey = (map: string, chunk: number): string => `${map}#${padded(chunk, 2)}`;
/** Undefined for a chunk of another map. */
export const chunkOfKey = (map: string, key: string): number | undefined =>
  key.startsWith(`${map}#`) ? Number(key.slice(map.length + 1)) : undefined;

export const backfillAddress = (connection: string, feed: string): Address => ({
  partition: `BACKFILL#${connection}`,
  key: feed,
});

/** Which threads a backfill met in a list that comes in no order. */
export const metPartition = (connection: string, feed: string): string => `MET#${connection}/${feed}`;

/** How a feed fails; `*` for the list of campaigns. */
export const troublesAddress = (connection: string, feed: string): Address => ({
  partition: `TROUBLES#${connection}`,
  key: feed,
});

// Stars that are kept with us

export const starsPartition = (connection: string): string => `STARS#${connection}`;
export const starAddress = (connection: string, threadKey: string): Address => ({
  partition: starsPartition(connection),
  key: threadKey,
});

// Sends

const SEND = 'SEND#';
export const sendAddress = (id: string): Address => ({ partition: `${SEND}${id}`, key: 'send' });
export const isSendAddress = ({ partition, key }: Address): boolean => partition.startsWith(SEND) && key === 'send';
export const sendOfAddress = ({ partition }: Address): string => partition.slice(SEND.length);
/** Named by the payload too: a refused request under the same key must not leave its files to another. */
export const sendFileAddress = (
  { id, payload }: { readonly id: string; readonly payload: string },
  { file, part }: { readonly file: number; readonly part: number },
): Address => ({
  partition: `${SEND}${id}`,
  key: `file#${payload.slice(0, 16)}#${padded(file, 2)}#${padded(part, 3)}`,
});

/** Sends by the day they were accepted; days are counted from 1970. */
export const sendsPartition = (day: number): string => `SENDS#${dayText(day)}`;
export const sendsKey = (acceptedAt: Instant, id: string): string => `${padded(acceptedAt, 15)}#${id}`;

export const conversationAddress = (connection: string, threadKey: string): Address => ({
  partition: `CONVERSATION#${connection}#${hashOf(threadKey).slice(0, 40)}`,
  key: 'sends',
});

/** How much a connection sent on a day, counted from 1970. */
export const sentOnDayAddress = (connection: string, day: number): Address => ({
  partition: `SENDING#${connection}`,
  key: dayText(day),
});

/** That this store is a copy of another. */
export const copyAddress: Address = { partition: 'COPY', key: 'current' };

// What is counted of each day

/** Days lie in a ring: a day takes the place of the one 416 days before it, so nothing has to be removed. */
const STATS_DAYS = 32;
const STATS_PARTS = 13;
const statsPart = (day: number): number => Math.floor(day / STATS_DAYS);
export const statsAddress = (day: number): Address => ({
  partition: `STATS#${padded(statsPart(day) % STATS_PARTS, 2)}`,
  key: padded(day % STATS_DAYS, 2),
});
/** Where the days from `first` to `last` lie; each partition holds other days too. */
export function statsPartitions(first: number, last: number): readonly string[] {
  const parts = Math.min(STATS_PARTS, statsPart(last) - statsPart(first) + 1);
  return Array.from({ length: parts }, (_, index) => statsAddress(last - index * STATS_DAYS).partition);
}

// The config of a deployment

export const currentConfigAddress: Address = { partition: 'CONFIG', key: 'current' };
/** Named by what the config holds, so that two who apply at once cannot mix theirs. */
export const configPartition = (digest: string): string => `CONFIG#${digest}`;
export const CONFIG_SETTINGS = 'settings';
export const CONFIG_CONNECTION = 'connection#';
export const CONFIG_SINK = 'sink#';
export const configPartKey = (start: string, index: number): string => `${start}${padded(index, 6)}`;

/** Which shard each connection lies in. */
export const PLACES = 'PLACES';
export const placeAddress = (connection: string): Address => ({ partition: PLACES, key: connection });
