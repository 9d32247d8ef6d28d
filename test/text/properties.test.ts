import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml } from '../../shared/text/escape.ts';
import { ownText } from '../../shared/text/read.ts';
import { plain } from './expected.ts';
import { BLOCK_LABELS, ORIGINALS, WROTE_LINES } from './headers.ts';

const MARK = 'xyzzy history xyzzy';
const word = fc.constantFrom(
  'yes',
  'Thursday',
  '40',
  'seats',
  'Jane',
  'sí',
  'да',
  '好的',
  'price?',
  '10:00',
  '€5',
  'on',
  'from',
  'wrote',
);
const sentence = fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => `We ${words.join(' ')} so.`);
const paragraphs = fc.array(sentence, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n\n'));
const old = fc.array(fc.oneof(sentence, fc.constant(MARK)), { maxLength: 4 }).map((lines) => [MARK, ...lines]);

const marked = (lines: readonly string[]) => lines.map((line) => `> ${line}`).join('\n');
const block = (labels: readonly string[]) =>
  `${labels[0]}: Ana Me <me@acme.example>\n${labels[1]}: 3. 6. 2025 10:00\n${labels[2]}: Bob Lead\n${labels[3]}: Demo`;

const wroteLine = fc.constantFrom(...WROTE_LINES.map(({ line }) => line));
const labels = fc.constantFrom(...Object.values(BLOCK_LABELS));
const original = fc.constantFrom(...ORIGINALS);

/** History as each program writes it in plain text. */
const history = fc.oneof(
  fc.record({ line: wroteLine, old }).map((each) => `${each.line}\n\n${marked(each.old)}`),
  fc.record({ labels, old }).map((each) => `${block(each.labels)}\n\n${each.old.join('\n')}`),
  fc.record({ labels, old }).map((each) => `${'_'.repeat(32)}\n${block(each.labels)}\n\n${each.old.join('\n')}`),
  fc
    .record({ original, labels, old })
    .map((each) => `${each.original}\n${block(each.labels)}\n\n${each.old.join('\n')}`),
  old.map(marked),
);

const div = (text: string) =>
  text
    .split('\n')
    .map((line) => `<div>${line === '' ? '<br>' : escapeHtml(line)}</div>`)
    .join('');
const line = wroteLine.map((text) => escapeHtml(text.replaceAll('\n', ' ')));
const headers = labels.map((each) => escapeHtml(block(each)).replaceAll('\n', '<br>'));

/** History as each program writes it in HTML. */
const htmlHistory = fc.oneof(
  fc
    .record({ line, old })
    .map(
      (each) =>
        `<div class="gmail_quote"><div class="gmail_attr">${each.line}<br></div><blockquote class="gmail_quote">${div(each.old.join('\n'))}</blockquote></div>`,
    ),
  fc
    .record({ line, old })
    .map(
      (each) =>
        `<div class="moz-cite-prefix">${each.line}<br></div><blockquote type="cite">${div(each.old.join('\n'))}</blockquote>`,
    ),
  fc
    .record({ line, old })
    .map(
      (each) =>
        `<div><blockquote type="cite"><div>${each.line}</div><br>${div(each.old.join('\n'))}</blockquote></div>`,
    ),
  fc
    .record({ headers, old })
    .map(
      (each) =>
        `<hr style="display:inline-block;width:98%"><div id="x_divRplyFwdMsg">${each.headers}</div>${div(each.old.join('\n'))}`,
    ),
  fc
    .record({ headers, old })
    .map(
      (each) =>
        `<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p>${each.headers}</p></div>${div(each.old.join('\n'))}`,
    ),
  fc
    .record({ line, old })
    .map(
      (each) =>
        `<div id="ydp12yahoo_quoted_123" class="ydp12yahoo_quoted"><div>${each.line}</div>${div(each.old.join('\n'))}</div>`,
    ),
  fc
    .record({ headers, old })
    .map(
      (each) => `<div id="mail-editor-reference-message-container">${each.headers}${div(each.old.join('\n'))}</div>`,
    ),
  fc
    .record({ line, old })
    .map(
      (each) =>
        `<div class="protonmail_quote">${each.line}<blockquote class="protonmail_quote" type="cite">${div(each.old.join('\n'))}</blockquote></div>`,
    ),
);

const RUNS = { numRuns: 400 };

describe('whatever stands above history', () => {
  it('comes out, and nothing of the history does', () => {
    fc.assert(
      fc.property(paragraphs, history, (own, below) => {
        expect(ownText({ text: `${own}\n\n${below}` })).toBe(own);
      }),
      RUNS,
    );
  });

  it('comes out of HTML, and nothing of the history does', () => {
    fc.assert(
      fc.property(paragraphs, htmlHistory, (own, below) => {
        expect(plain(ownText({ html: `<div dir="ltr">${div(own)}</div><br>${below}` }))).toBe(plain(own));
      }),
      RUNS,
    );
  });
});

describe('answers', () => {
  it('below and between quotes come out', () => {
    fc.assert(
      fc.property(paragraphs, paragraphs, paragraphs, wroteLine, old, (above, between, below, header, quotes) => {
        const text = ownText({
          text: `${above}\n\n${header}\n${marked(quotes)}\n\n${between}\n\n${marked(quotes)}\n${below}`,
        });
        for (const own of [above, between, below]) expect(plain(text)).toContain(plain(own));
      }),
      RUNS,
    );
  });

  it('below a marked history come out of HTML', () => {
    fc.assert(
      fc.property(paragraphs, paragraphs, line, old, (above, below, header, quotes) => {
        const quote = `<blockquote type="cite">${div(quotes.join('\n'))}</blockquote>`;
        const html = `${div(above)}<div class="moz-cite-prefix">${header}</div>${quote}${div(below)}`;
        for (const own of [above, below]) expect(plain(ownText({ html }))).toContain(plain(own));
      }),
      RUNS,
    );
  });
});

describe('plain words', () => {
  it('are never shortened', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            sentence,
            fc.constantFrom(
              '',
              '-- ',
              'Bob',
              '* one',
              '- two',
              '1. three',
              '______',
              'To: do',
              'From: here',
              'Date: open',
              'Our CTO wrote:',
            ),
          ),
        ),
        (lines) => {
          const text = lines.join('\n').trim();
          expect(plain(ownText({ text }))).toBe(plain(text));
        },
      ),
      RUNS,
    );
  });

  it('are the same in HTML', () => {
    fc.assert(
      fc.property(paragraphs, (text) => {
        expect(plain(ownText({ html: div(text) }))).toBe(plain(text));
      }),
      RUNS,
    );
  });

  it('of any kind give text, and nothing only for nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(ownText({ text }) === '').toBe(ownText({ text }).trim() === '');
        expect(ownText({ html: text })).toBeTypeOf('string');
      }),
      RUNS,
    );
  });
});
