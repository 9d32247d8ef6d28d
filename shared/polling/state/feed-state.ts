import { Unreadable } from '../../store/collection.ts';
import type { Store } from '../../store/store.ts';
import { ChunkedMap, type ChunkedMapDefinition, chunkKeyFor } from './chunked-map.ts';
import {
  type Checkpoint,
  type InterestWatermark,
  interestWatermarkChunks,
  type SeenThread,
  seenThreadChunks,
} from './documents.ts';

export type SeenThreads = ChunkedMap<SeenThread>;

export type InterestWatermarks = ChunkedMap<InterestWatermark>;

export interface StoredCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly version: number;
}

/** What was handled of a feed's threads. */
export interface FeedState {
  readonly seenThreads: SeenThreads;
  readonly interestWatermarks: InterestWatermarks;
}

const INTEREST_WATERMARKS: ChunkedMapDefinition<InterestWatermark> = {
  name: 'covers',
  count: 16,
  chunks: interestWatermarkChunks,
};

const SEEN_THREADS: ChunkedMapDefinition<SeenThread> = { name: 'ledger', count: 16, chunks: seenThreadChunks };

export async function loadState(store: Store, partition: string): Promise<FeedState> {
  const documents = await store.list(partition);
  return {
    interestWatermarks: new ChunkedMap(store, partition, INTEREST_WATERMARKS).load(documents),
    seenThreads: new ChunkedMap(store, partition, SEEN_THREADS).load(documents),
  };
}

/** Interest watermarks before the seen threads: a seen thread that knows a message must not outlive a crash that its interest watermark did not. */
export async function saveState({ seenThreads, interestWatermarks }: FeedState): Promise<void> {
  await interestWatermarks.save();
  await seenThreads.save();
}

/** Whether a thread bears the label, as far as its feed was read: it has a watermark until a newer message comes without the label. */
export async function isKnownInterested(store: Store, partition: string, threadKey: string): Promise<boolean> {
  const stored = await interestWatermarkChunks.get(store, {
    partition,
    key: chunkKeyFor(INTEREST_WATERMARKS, threadKey),
  });
  return stored !== undefined && !(stored instanceof Unreadable) && stored.value[threadKey] !== undefined;
}
