import { describe, expect, it } from 'vitest';
import { cleanLine, cleanText, cut, wellFormed } from '../../shared/text/plain.ts';
import { ownText, wholeText } from '../../shared/text/read.ts';
import { sanitiseHtml } from '../../shared/text/sanitise.ts';

describe('the text of HTML', () => {
  it('reads paragraphs, breaks, lists and entities', async () => {
    const html =
      '<p>Hi&nbsp;Bob,</p><p>A &amp; B<br>second</p><ul><li>one</li></ul><h1>Title</h1><img src="x" alt="y">';
    const text = wholeText({ html });
    expect(text).toContain('A & B\nsecond');
    expect(text).toContain('one');
    expect(text).toContain('Title');
    expect(text).not.toContain('y');
  });

  it.each([
    ['<img src="x.png" alt="🙂">', '🙂'],
    ["<IMG ALT = ' :-) '>", ':-)'],
    ['<img src="x.png?a=1&amp;b=2" alt="&#128578;">', '🙂'],
    ['<img alt=:wave:>', ':wave:'],
    ['<img class="emoji" alt="thumbs up">', 'thumbs up'],
    ['<img alt="smile" data-goomoji="330">', 'smile'],
    ['<img class="&#101;moji" alt="sun">', 'sun'],
  ])('shows the face in %s', (html, face) => {
    expect(wholeText({ html })).toBe(face);
  });

  it('names the address of each link, the first where a tag has two', () => {
    const link = (address: string, words: string) =>
      `<a href="https://${address}/?a=1&amp;b=2" title="x" href="https://c.example">${words}</a>`;
    expect(wholeText({ html: `${link('a.example', 'one')}, ${link('b.example', 'two')}` })).toBe(
      'one (https://a.example/?a=1&b=2), two (https://b.example/?a=1&b=2)',
    );
  });

  it.each([
    ['<a href="tel:+4930123456">call me</a>', 'call me (+4930123456)'],
    ['<a href="sms:+49 30 123456?body=Hi">text me</a>', 'text me (+49 30 123456)'],
    ['<a href="tel:+4930123456">030 / 12 34-56</a>', '030 / 12 34-56'],
    ['<a href="tel:+4930123456"></a>x', 'x'],
    ['<a href="tel:me">call me</a>', 'call me'],
  ])('names the number of %s', (html, text) => {
    expect(wholeText({ html })).toBe(text);
  });

  it.each([
    ['<ol type="a"><li>x<li value="5">y<li>z</ol>', ['a. x', 'e. y', 'f. z']],
    ['<ol type="A" start="26"><li>x<li>y</ol>', ['Z. x', 'AA. y']],
    ['<ol type="i" start="4"><li>x<li>y</ol>', ['iv. x', 'v. y']],
    ['<ol style="list-style-type:upper-roman"><li>x<li value="1990">y</ol>', ['I. x', 'MCMXC. y']],
    ['<ol style="margin:0;list-style: outside lower-alpha"><li>x<li>y</ol>', ['a. x', 'b. y']],
    ['<ol start="3" reversed><li>x<li>y</ol>', ['3. x', '2. y']],
    ['<ol start="0"><li>x<li>y</ol>', ['0. x', '1. y']],
    ['<ol type="a"><li>x<ul><li value="7">in</ul><li>y</ol>', ['a. x', '', '* in', '', 'b. y']],
    ['<ol start="soon"><li value="-">x</ol>', ['1. x']],
  ])('numbers the items of %s', (html, lines) => {
    expect(
      wholeText({ html })
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(lines);
  });

  it.each([
    ['<select><option>No</option><option selected>Yes</option></select>', 'Yes'],
    ['<SELECT><OPTION VALUE="1">No &amp; never<OPTION>Yes</SELECT>', 'No & never'],
    ['<select><optgroup label="x"><option data-selected="1">No<option value=2 selected=selected>Yes</select>', 'Yes'],
  ])('shows what is chosen in %s', (html, chosen) => {
    expect(wholeText({ html: `<p>Interested? ${html}</p>` })).toBe(`Interested? ${chosen}`);
  });

  it('shows no choice without options', () => {
    expect(wholeText({ html: 'a<select></select>b' })).toBe('ab');
  });

  it('joins words that could be parted at the end of a line', () => {
    expect(wholeText({ html: '<p>War&shy;tungs&shy;ver&shy;trag</p>' })).toBe('Wartungsvertrag');
    expect(wholeText({ text: 'War\u00adtung \u00ad ok' })).toBe('Wartung \u00ad ok');
  });

  it('leaves out what mail programs mark as history', async () => {
    const html = '<div>Yes please</div><div class="gmail_quote">On Tue Jane wrote:<blockquote>Hello</blockquote></div>';
    expect(ownText({ html })).toBe('Yes please');
    expect(wholeText({ html })).toContain('Hello');
  });

  it('keeps the history when there is nothing else', async () => {
    expect(ownText({ html: '<div class="gmail_quote">Only this</div>' })).toBe('Only this');
  });

  it.each([
    ['2,000 nested tables', `${'<table><tr><td>'.repeat(2_000)}needle${'</td></tr></table>'.repeat(2_000)}`],
    ['100,000 nested divs', `${'<div>'.repeat(100_000)}needle`],
    ['50,000 nested divs', `${'<div>'.repeat(50_000)}needle`],
    ['more than a megabyte', `<p>${'x '.repeat(600_000)}</p><p>needle</p>`],
    ['unclosed tags', `<b><i><p needle</p> needle`],
  ])('loses no text in %s', async (_, html) => {
    expect(wholeText({ html })).toContain('needle');
  });

  it('survives a million less-than signs', async () => {
    expect(wholeText({ html: '<'.repeat(1_000_000) }).length).toBeGreaterThan(0);
  });
});

describe('broken markup', () => {
  it.each(['<p>One</p><!-- open', '<p>One</p><!--> <!-- open <', '<p>One</p><!---'])(
    'drops a comment that is open to the end: %s',
    (html) => {
      expect(wholeText({ html })).toBe('One');
    },
  );
  it('keeps what tags show behind an open comment', () => {
    expect(wholeText({ html: '<p>One</p><!-- open <p>Two</p>' })).toContain('Two');
  });
  it('keeps text and drops tags, comments, scripts and styles', async () => {
    const html =
      '<style>a{}</style><!-- <b> --><p>One &lt; two&#33; &#x41; &bogus;</p><SCRIPT>x<y</SCRIPT>3 < 4<br/>end';
    expect(wholeText({ html })).toBe('One < two! A &bogus;\n\n3 < 4\nend');
  });
  it.each(['<!--', '<script>', '<a', '</', '<title>', '&#', 'İ<b>'])(
    'takes a million characters of %s in its stride',
    async (part) => {
      expect(wholeText({ html: part.repeat(1_000_000 / part.length) })).toBeTypeOf('string');
    },
  );
});

describe('sanitiseHtml', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<svg><script>alert(1)</script></svg>',
    '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
    '<iframe src="https://evil.example"></iframe>',
    '<form action="https://evil.example"><input name=a></form>',
    '<p style="background:url(https://evil.example/p.gif)">x</p>',
    '<img src="https://evil.example/pixel.gif">',
    '<a href="//evil.example/x">x</a>',
    '<svg><style><img src=x onerror=alert(1)></style></svg>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<base href="https://evil.example"><meta http-equiv=refresh content="0;url=https://evil.example">',
    '<link rel=stylesheet href="https://evil.example/a.css">',
  ])('disarms %s', async (html) => {
    expect(await sanitiseHtml(html)).not.toMatch(/<(?!\/?(a|p)\b)|alert\(|javascript:|evil\.example|\son\w+=|style=/i);
  });
  it('keeps what mail is made of', async () => {
    const html =
      '<p dir="rtl">Hi <b>Bob</b>, <a href="https://acme.example/">here</a></p><table><tbody><tr><td colspan="2">x</td></tr></tbody></table>';
    expect(await sanitiseHtml(html)).toBe(
      html.replace('acme.example/">', 'acme.example/" rel="noopener noreferrer nofollow">'),
    );
  });
  it('gives nothing for what is too large to be made safe', async () => {
    expect(await sanitiseHtml('x'.repeat(1_000_001))).toBeUndefined();
  });
});

describe('plain text', () => {
  it('reads C1 as windows-1252, which is what mail programs mean by it', () => {
    expect(cleanText('10\u009620 seats, \u0080 5, don\u0092t\u0085 \u0081')).toBe('10–20 seats, € 5, don’t… ');
    expect(cleanLine('M\u0099ller \u0096 x')).toBe('M™ller – x');
  });
  it('ends lines at vertical tabs and form feeds', () => {
    expect(cleanText('a\u000bb\u000cc')).toBe('a\nb\nc');
  });
  it('repairs lone surrogates and drops control characters', () => {
    expect(cleanText('a\ud800b\u0000\r\nc\td\re\u007f')).toBe('a\ufffdb\nc\td\ne');
    expect(cleanLine(' Jane\u202e\r\n\u0007Doe\ufeff ')).toBe('Jane Doe');
    expect(cleanLine('x'.repeat(5_000))).toHaveLength(1_000);
    expect(wellFormed({ 'a\ud800': ['\udc00', 1, null, { b: true }] })).toEqual({
      'a\ufffd': ['\ufffd', 1, null, { b: true }],
    });
  });
  it('never cuts a character in half', () => {
    expect(cut('ab😀', 3)).toBe('ab');
    expect(cut('ab😀', 4)).toBe('ab😀');
    expect(cut('abc', 2)).toBe('ab');
  });
});
