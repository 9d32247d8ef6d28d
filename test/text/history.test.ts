import { describe, expect, it } from 'vitest';
import { escapeHtml } from '../../shared/text/escape.ts';
import { ownText } from '../../shared/text/read.ts';
import { BLOCK_LABELS, FORWARDS, ORIGINALS, WROTE_LINES } from './headers.ts';

const OWN = 'Yes, Thursday at 3 works.\n\nBob';
const OLD = ['Hello Bob,', '', 'would you like a demo?', '', 'Ana'];
const quoted = OLD.map((line) => `> ${line}`.trimEnd()).join('\n');
const unquoted = OLD.join('\n');

const withAddress = WROTE_LINES.filter(({ line }) => line.includes('@'));

describe('a line that names whom it quotes', () => {
  it.each(WROTE_LINES.map(({ what, line }) => [what, line]))('goes with the quote below it: %s', (_what, line) => {
    expect(ownText({ text: `${OWN}\n\n${line}\n\n${quoted}` })).toBe(OWN);
  });

  it.each(withAddress.filter(({ what }) => what !== 'Gmail of 2013').map(({ what, line }) => [what, line]))(
    'goes with what no program marked: %s',
    (_what, line) => {
      expect(ownText({ text: `${OWN}\n\n${line}\n\n${unquoted}` })).toBe(OWN);
    },
  );

  it.each(WROTE_LINES.map(({ what, line }) => [what, line]))('stays with answers between: %s', (_what, line) => {
    const text = `${line}\n> would you like a demo?\nYes please.\n\n> On which day?\nThursday.`;
    expect(ownText({ text })).toBe(text);
  });

  it.each(WROTE_LINES.map(({ what, line }) => [what, line]))('is found in HTML without marks: %s', (_what, line) => {
    const html = `<p>Yes, Thursday at 3 works.</p><p>Bob</p><p>${escapeHtml(line).replaceAll('\n', ' ')}</p><blockquote>${OLD.map((each) => `<div>${each || '<br>'}</div>`).join('')}</blockquote>`;
    expect(ownText({ html })).toBe(OWN);
  });
});

const block = ([from, date, to, subject]: readonly string[], bold = '') =>
  [
    `${bold}${from}:${bold} Ana Me <me@acme.example>`,
    `${bold}${date}:${bold} 3. 6. 2025 10:00`,
    `${bold}${to}:${bold} Bob Lead <lead@customer.example>`,
    `${bold}${subject}:${bold} Demo`,
  ].join('\n');
const BLOCKS = Object.entries(BLOCK_LABELS);

describe('a block of headers', () => {
  it.each(BLOCKS)('opens the history: %s', (_language, labels) => {
    expect(ownText({ text: `${OWN}\n\n${block(labels)}\n\n${unquoted}` })).toBe(OWN);
  });
  it.each(BLOCKS)('goes with the rule above it: %s', (_language, labels) => {
    expect(ownText({ text: `${OWN}\n\n${'_'.repeat(32)}\n${block(labels, '*')}\n\n${unquoted}` })).toBe(OWN);
  });
  it.each(BLOCKS)('is found in Outlook’s HTML: %s', (_language, labels) => {
    const rows = block(labels)
      .split('\n')
      .map((row) => escapeHtml(row).replace(/^([^:]*:)/, '<b>$1</b>'));
    const html = `<div class="WordSection1"><p class="MsoNormal">Yes, Thursday at 3 works.</p><p class="MsoNormal">Bob</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">${rows.join('<br>')}</p></div></div><p class="MsoNormal">${OLD.join('<br>')}</p></div>`;
    expect(ownText({ html })).toBe(OWN);
  });
  it('is found by its form in a language that is not known', () => {
    const header = 'Mula kay: Ana Me <me@acme.example>\nPetsa: 3 Hunyo 2025 10:00\nKay: Bob\nPaksa: Demo';
    expect(ownText({ text: `${OWN}\n\n${header}\n\n${unquoted}` })).toBe(OWN);
  });
  it('opens what stands nowhere else when the subject says so', () => {
    const text = `FYI\n\n${block(BLOCK_LABELS.en ?? [])}\n\nWe want 40 seats.`;
    expect(ownText({ text, subject: 'FW: Demo' })).toBe(text);
    expect(ownText({ text, subject: 'Re: FW: Demo' })).toBe('FYI');
  });
});

describe('words between dashes', () => {
  it.each(ORIGINALS)('open the history: %s', (line) => {
    expect(ownText({ text: `${OWN}\n\n${line}\nFrom: Ana Me\nSent: Tuesday\n\n${unquoted}` })).toBe(OWN);
    expect(ownText({ text: `${OWN}\n\n${line}\n\n${unquoted}` })).toBe(OWN);
  });
  it.each(FORWARDS)('keep what is passed on: %s', (line) => {
    const text = `Please talk to our buyer:\n\n${line}\n${block(BLOCK_LABELS.en ?? [])}\n\nWe want 40 seats.\n> old\n`;
    expect(ownText({ text })).toBe(text.trim());
  });
});
