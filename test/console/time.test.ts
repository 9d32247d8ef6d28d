import { expect, it } from 'vitest';
import { isKnown, withLocalTimes } from '../../console/src/core/time.ts';

it.each([
  ['1970-01-01T00:00:00.000Z', false],
  ['2026-01-05T12:00:00.000Z', true],
])('takes %s for a time that is known: %s', (iso, known) => expect(isKnown(iso)).toBe(known));

it('says an instant inside a sentence by the clock of the reader, however a program wrote it', () => {
  const written = 'Goes out at 2026-01-05T12:00:09Z; waits since 2026-01-04 09:30 UTC.';
  const said = withLocalTimes(written);
  expect(said).toMatch(/^Goes out at .*; waits since .*\.$/);
  expect(said).not.toMatch(/T12|Z;|UTC/);
});

it.each(['It costs 40 a month.', 'Order 2026-99-99T99:99Z', 'From 2026-01-05 to 2026-01-06.'])(
  'leaves "%s" as it is',
  (sentence) => expect(withLocalTimes(sentence)).toBe(sentence),
);
