import { describe, expect, it } from 'vitest';
import { WAIT_MAX_MS, WAIT_MIN_MS, waitAsked } from '../../shared/http/retry-after.ts';

const NOW = Date.UTC(2025, 0, 20, 12);
const inTwoMinutes = new Date(NOW + 120_000).toUTCString();

describe('the wait a vendor asks for', () => {
  it.each([
    ['whole seconds', { 'retry-after': '120' }, '', 120_000],
    ['an HTTP date', { 'retry-after': inTwoMinutes }, '', 120_000],
    ['a date against the server’s own clock', { 'retry-after': inTwoMinutes, date: inTwoMinutes }, '', WAIT_MIN_MS],
    ['zero', { 'retry-after': '0' }, '', WAIT_MIN_MS],
    ['a negative number', { 'retry-after': '-5' }, '', WAIT_MIN_MS],
    ['a date gone by', { 'retry-after': new Date(NOW - 1e9).toUTCString() }, '', WAIT_MIN_MS],
    ['an absurd number', { 'retry-after': '1000000000000' }, '', WAIT_MAX_MS],
    ['garbage', { 'retry-after': 'soon' }, '', undefined],
    ['X-RateLimit-Reset in Unix seconds', { 'x-ratelimit-reset': String(NOW / 1000 + 30) }, '', 30_000],
    ['the reset before the prose', { 'x-ratelimit-reset': String(NOW / 1000 + 30) }, 'Retry after 60 seconds', 30_000],
    ['the header before the reset', { 'retry-after': '5', 'x-ratelimit-reset': String(NOW / 1000 + 30) }, '', 5_000],
    ['ColdSend’s prose', {}, '{"detail":"Rate limit exceeded. Retry after 90 seconds."}', 90_000],
    ['prose that asks for little', {}, 'Retry after 2 seconds', 60_000],
    ['prose that asks for too much', {}, 'Retry after 999999 seconds', 3_600_000],
    ['prose in minutes', {}, 'Please try again in 5 minutes', 300_000],
    ['nothing', {}, '', undefined],
  ] as const)('reads %s', (_name, headers, body, expected) => {
    expect(waitAsked(headers, body, NOW)).toBe(expected);
  });
});
