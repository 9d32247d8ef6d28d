import type { Message } from '../../model.ts';
import type { InterestWatermark } from './documents.ts';

/** Sorts after every message id. */
export const AFTER_EVERY_ID = '\uffff';

const compare = (left: InterestWatermark, right: InterestWatermark) =>
  left[0] - right[0] || (left[1] < right[1] ? -1 : left[1] > right[1] ? 1 : 0);

export const isNewer = (message: Message, watermark: InterestWatermark) =>
  compare([message.sentAt, message.id], watermark) > 0;

/** Of equal times the greatest id is newest. */
export function newestInbound(messages: readonly Message[]): Message | undefined {
  let newest: Message | undefined;
  for (const message of messages) {
    if (message.direction !== 'inbound') continue;
    if (!newest || isNewer(message, [newest.sentAt, newest.id])) newest = message;
  }
  return newest;
}
