import { PROVIDERS } from '../providers/index.ts';

/** Whether connections of this provider are one feed each, whatever campaigns they name. */
export const hasOneFeed = (provider: string): boolean =>
  PROVIDERS.some(({ id, oneFeed }) => id === provider && oneFeed === true);
