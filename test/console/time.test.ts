import { expect, it } from 'vitest';
import { isKnown } from '../../console/src/core/time.ts';

it.each([
  ['1970-01-01T00:00:00.000Z', false],
  ['2026-01-05T12:00:00.000Z', true],
])('takes %s for a time that is known: %s', (iso, known) => expect(isKnown(iso)).toBe(known));
