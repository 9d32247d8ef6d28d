import { describe, expect, it } from 'vitest';
import { isNamedByUs } from '../../shared/fingerprint.ts';
import { type Draft, inOrder } from '../../shared/providers/messages.ts';
import { NOW } from './scripted.ts';

const draft = (change: Partial<Draft>): Draft => ({
  direction: 'inbound',
  from: { email: 'jane@acme.example' },
  to: [],
  cc: [],
  bcc: [],
  sentAt: NOW,
  attachments: [],
  vendor: {},
  ...change,
});
const idOf = (change: Partial<Draft>) => inOrder([draft(change)])[0]?.id;

describe('a message without an id', () => {
  it.each([
    ['a link signed anew', (seal: string) => `<p>Yes <a href="https://x.example/${seal}">go</a></p>`],
    ['a link without quotes', (seal: string) => `<p>Yes <a href=https://x.example/?s=${seal}>go</a></p>`],
    ['an address shown as text', (seal: string) => `<p>Yes https://x.example/?s=${seal} go</p>`],
    ['an image that loads late', (seal: string) => `<p>Yes<img data-src="//cdn.example/x?s=${seal}"></p>`],
    ['a background', (seal: string) => `<p>Yes<td style="background:url(//cdn.example/${seal})">go</p>`],
    ['an id of an element', (seal: string) => `<p id="u${seal}">Yes</p>`],
    ['a comment', (seal: string) => `<p>Yes</p><!-- trace ${seal} -->`],
    ['a pixel more', (seal: string) => `<p>Yes</p>${seal === 'a1' ? '' : '<img src="//pixel.example/open">'}`],
  ])('keeps its name over %s', (_, html) => {
    expect(idOf({ html: html('b2') })).toBe(idOf({ html: html('a1') }));
  });

  it('keeps its name over letter case of the sender and links in its text', () => {
    const one = { text: 'Yes, see https://x.example/?s=a1' };
    const other = { text: 'Yes, see https://x.example/?s=b2', from: { email: 'Jane@Acme.example' } };
    expect(idOf(other)).toBe(idOf(one));
  });

  it.each([
    ['words', { html: '<p>No</p>' }],
    ['time', { html: '<p>Yes</p>', sentAt: NOW + 1 }],
    ['subject', { html: '<p>Yes</p>', subject: 'Re: offer' }],
    ['sender', { html: '<p>Yes</p>', from: { email: 'joe@acme.example' } }],
    ['words that look like markup', { html: '<p>Yes</p> 5 < 6 <joe@acme.example>' }],
  ])('is another one by its %s', (_, change) => {
    expect(idOf(change)).not.toBe(idOf({ html: '<p>Yes</p>' }));
  });

  it('is named in a moment, whatever its markup', () => {
    const html = `${'<'.repeat(2_000_000)}${'<a '.repeat(500_000)}${'<!--'.repeat(500_000)}`;
    const started = performance.now();
    idOf({ html });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('is told from one that the vendor named', () => {
    const [own, given] = inOrder([draft({ text: 'Yes' }), draft({ text: 'No', id: 'given', sentAt: NOW + 1 })]);
    expect([own && isNamedByUs(own), given && isNamedByUs(given)]).toEqual([true, false]);
  });
});

it("stands where it came by the vendor's clock, whatever its sender's clock says", () => {
  const came = [NOW, NOW + 1, NOW + 2].map((arrivedAt, index) =>
    draft({ id: String(index), arrivedAt, sentAt: NOW - index * 86_400_000 }),
  );
  expect(inOrder(came.toReversed()).map(({ id }) => id)).toEqual(['0', '1', '2']);
});
