import { useEffect, useState } from 'preact/hooks';
import { api } from './api.ts';
import { useLoad } from './load.ts';

const EVERY_MS = 5_000;
/** More are not counted. */
const COUNTED_MAX = 50;

export interface News {
  readonly news: number;
  seen(): void;
}

/** How many replies were recorded since the list was last read: asked of our own store, never of a vendor. */
export function useNews(): News {
  const [from, setFrom] = useState<string>();
  const { value } = useLoad(
    'news',
    async () => await api.events({ type: 'reply.received', limit: COUNTED_MAX }),
    EVERY_MS,
  );
  const newest = value?.items[0]?.id;
  useEffect(() => {
    if (from === undefined && value) setFrom(newest ?? '');
  }, [from, value, newest]);
  const place = value?.items.findIndex(({ id }) => id === from) ?? -1;
  const news = from === undefined || !value ? 0 : place < 0 ? value.items.length : place;
  return { news, seen: () => setFrom(newest ?? '') };
}

export const newsText = (news: number): string => (news < COUNTED_MAX ? String(news) : `${COUNTED_MAX}+`);
