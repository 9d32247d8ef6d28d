import type { Row } from '../vendors/test-vendor.ts';

/** Of a row of Cohesive's or ColdSend's, with that as its time. */
export const timed = (row: Row, at: number): Row =>
  'lastTimestamp' in row ? { ...row, lastTimestamp: at } : { ...row, last_message_at: new Date(at).toISOString() };

export const timeOf = ({ lastTimestamp, last_message_at }: Row): number =>
  typeof lastTimestamp === 'number' ? lastTimestamp : Date.parse(String(last_message_at));
