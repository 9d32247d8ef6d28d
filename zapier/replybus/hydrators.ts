import { told } from '../errors.ts';
import { stashed } from '../files.ts';
import { type Hydrators, historyOf } from '../hydrators.ts';
import { neededText, textOf } from '../input.ts';
import { conversationOf } from './conversation.ts';
import { openPlace } from './place.ts';

export const hydrators = (): Hydrators => ({
  threadHistory: told(async (z, bundle) => {
    const place = openPlace(z, bundle, 'thread_history');
    return await historyOf(await conversationOf(place, neededText(bundle, 'thread_id', 'Thread').trim()));
  }),
  attachment: told(async (z, bundle) => {
    const { isTest, deadline } = openPlace(z, bundle, 'attachment');
    const url = neededText(bundle, 'url', 'URL');
    const filename = textOf(bundle, 'filename') ?? 'attachment';
    const contentType = textOf(bundle, 'content_type') ?? 'application/octet-stream';
    return await stashed(z, { url, filename, contentType }, { allowPrivate: isTest, deadline });
  }),
});
