import { cameAt, type Message } from '../../model.ts';
import type { InterestWatermark } from './documents.ts';

/** Sorts after every message id. */
export const AFTER_EVERY_ID = '\uffff';

const compare = (left: InterestWatermark, right: InterestWatermark) =>
  left[0] - right[0] || (left[1] < right[1] ? -1 : left[1] > right[1] ? 1 : 0);

export const watermarkOf = (message: Message): InterestWatermark => [cameAt(message), message.id];

export const isNewer = (message: Message, watermark: InterestWatermark) => compare(watermarkOf(message), watermark) > 0;

/** Of equal times the greatest id is newest. */
export function newestInbound(messages: readonly Message[]): Message | undefined {
  let newest: Message | undefined;
  for (const message of messages) {
    if (message.direction !== 'inbound') continue;
    if (!newest || isNewer(message, watermarkOf(newest))) newest = message;
  }
  return newest;
}
