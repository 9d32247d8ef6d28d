import { cameAt, foldedId, type Message } from '../../model.ts';
import type { InterestWatermark } from './documents.ts';

/** Sorts after every message id. */
export const AFTER_EVERY_ID = '\uffff';

function compare([leftAt, left]: InterestWatermark, [rightAt, right]: InterestWatermark): number {
  if (leftAt !== rightAt || foldedId(left) === foldedId(right)) return leftAt - rightAt;
  return left < right ? -1 : 1;
}

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
