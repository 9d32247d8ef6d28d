import { cameAt, foldedId, type Message } from '../../model.ts';
import type { InterestWatermark } from './documents.ts';

/** Sorts after every message id. */
export const AFTER_EVERY_ID = '\uffff';

function compare([leftAt, left]: InterestWatermark, [rightAt, right]: InterestWatermark): number {
  if (leftAt !== rightAt || foldedId(left) === foldedId(right)) return leftAt - rightAt;
  return left < right ? -1 : 1;
}

export const watermarkOf = (message: Message): InterestWatermark => [cameAt(message), message.id];

/** `zoneMs`: how far the messages' times are ahead of their row's, by which a watermark was made of which no message was seen. */
export const isNewer = (message: Message, [at, id]: InterestWatermark, zoneMs = 0) =>
  compare(watermarkOf(message), [id === AFTER_EVERY_ID ? at + zoneMs : at, id]) > 0;

/** Of equal times the greatest id is newest. */
export function newestInbound(messages: readonly Message[]): Message | undefined {
  let newest: Message | undefined;
  for (const message of messages) {
    if (message.direction !== 'inbound') continue;
    if (!newest || isNewer(message, watermarkOf(newest))) newest = message;
  }
  return newest;
}
