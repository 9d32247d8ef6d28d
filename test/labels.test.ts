import { describe, expect, it } from 'vitest';
import { canCarry, hasLabel, INTEREST_LABELS, normalisedLabel } from '../shared/labels.ts';
import { VENDORS } from './vendors/index.ts';

describe.each(VENDORS.map(({ provider }) => [provider.label, provider] as const))('a label at %s', (_, provider) => {
  it.each(INTEREST_LABELS)('can be %s', (label) => {
    expect(canCarry(provider, label)).toBe(true);
  });

  it('can be another one only where the vendor has labels of its own', () => {
    expect(canCarry(provider, 'Meeting Booked')).toBe(provider.labels === true);
  });

  it('that a row shows is found, and no other', () => {
    const row = { intent: 'Meeting Booked', interested: false };
    expect(['meeting booked', ...INTEREST_LABELS].filter((label) => hasLabel(row, provider, label))).toEqual([
      'meeting booked',
    ]);
  });

  it.each([true, false])('that no row shows is read from interest, %s, as far as that tells', (interested) => {
    const told = interested ? ['interested'] : provider.labels ? [] : ['not_interested'];
    expect(INTEREST_LABELS.filter((label) => hasLabel({ interested }, provider, label))).toEqual(told);
  });
});

describe('the spelling of a label', () => {
  it.each(['meeting_booked', 'Meeting Booked', ' MEETING--BOOKED ', 'ＭＥＥＴＩＮＧ　ＢＯＯＫＥＤ'])(
    'does not matter: %j',
    (spelling) => {
      expect(normalisedLabel(spelling)).toBe('meeting_booked');
    },
  );
});
