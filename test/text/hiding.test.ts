import { describe, expect, it } from 'vitest';
import { ownText } from '../../shared/text/read.ts';
import { sanitiseHtml } from '../../shared/text/sanitise.ts';
import { plain } from './expected.ts';

const asHtml = (html: string) => sanitiseHtml(html);
const wordsOf = async (html: string) => plain(((await sanitiseHtml(html)) ?? '').replace(/<[^>]*>/g, ' '));
const sheet = (css: string, attributes = '') => `<style${attributes}>${css}</style>`;

/** What hides the word "unseen" beside "Seen". */
const HIDING: readonly (readonly [what: string, html: string])[] = [
  ['a preheader', '<div style="display:none;max-height:0;mso-hide:all">unseen</div><p>Seen</p>'],
  ['elements in a hidden one', '<div style="display: none !important"><p>unseen<br><b>unseen</b></p></div><p>Seen</p>'],
  ['an element that is not kept', '<font style="display:none"><p>unseen</p>unseen</font><p>Seen</p>'],
  ['visibility', '<span style="visibility:hidden">unseen</span><p>Seen</p>'],
  [
    'visibility, and what is visible again in it',
    '<div style="visibility:hidden">unseen<b>unseen<br></b><span style="visibility:visible">Seen</span><i>unseen</i></div>',
  ],
  [
    'visibility around elements without styles',
    '<table style="visibility:hidden"><tr><td>unseen<p>unseen<img class="emoji" alt="🙂"></table><p>Seen</p>',
  ],
  [
    'visibility in a hidden element',
    '<div style="display:none">unseen<b style="visibility:visible">unseen</b></div>Seen',
  ],
  [
    'a class that counts for more than the element',
    `${sheet('.a{display:none!important}')}<p class="a" style="display:block">unseen</p><p>Seen</p>`,
  ],
  [
    'a class that counts for more than a later one',
    `${sheet('.a{display:none !important}.a{display:block}')}<p class="a">unseen</p><p>Seen</p>`,
  ],
  ['a row of a table', '<table><tr style="visibility:collapse"><td>unseen<td>unseen</tr><tr><td>Seen</table>'],
  ['Outlook', '<p style="mso-hide:all">unseen</p><p>Seen</p>'],
  ['no height', '<div style="max-height:0px;overflow:hidden">unseen</div>Seen'],
  ['no opacity', '<div style="opacity:0">unseen</div>Seen'],
  ['no size', '<span style="font-size:0px;line-height:0">unseen</span><p>Seen</p>'],
  ['no size of its own words alone', '<td style="font-size:0">unseen<b style="font-size:12px">Seen</b></td>'],
  ['a place outside', '<div style="position:absolute;left:-9999px">unseen</div>Seen'],
  ['no area', '<span style="position:absolute;clip:rect(0,0,0,0)">unseen</span>Seen'],
  ['the attribute', '<p hidden>unseen</p><p>Seen</p>'],
  ['the attribute in capitals', '<P HIDDEN="">unseen</P><p>Seen</p>'],
  ['a hidden list', '<section hidden><ul><li>unseen</ul></section>Seen'],
  ['a class', `${sheet('.preheader{display:none}')}<div class="x preheader">unseen</div><p>Seen</p>`],
  [
    'a class, written large',
    `<STYLE>DIV.Pre { DISPLAY : NONE !important }</STYLE><div class="Pre">unseen</div><p>Seen</p>`,
  ],
  ['an id', `${sheet('.a, td#pre{display:none}')}<table><tr><td id="pre">unseen<td>Seen</table>`],
  ['two classes together', `${sheet('.a.b{opacity:0}')}<p class="b c a">unseen</p><p class="a">Seen</p>`],
  [
    'a class in a comment for old programs',
    `${sheet('<!-- /* .b{} */ .a{display:none} -->')}<p class="a">unseen</p>Seen`,
  ],
  ['a class behind an import', `${sheet('@import url(a.css); .a{display:none}')}<p class="a">unseen</p>Seen`],
  [
    'a class in the second sheet',
    `${sheet('p{margin:0}')}${sheet('.a{display:none}', ' media="screen"')}<p class="a">unseen</p>Seen`,
  ],
];

/** What does not hide "Seen". */
const SHOWING: readonly (readonly [what: string, html: string])[] = [
  ['values that are missing', '<p style="opacity:;overflow:hidden;width:;font-size:">Seen</p>'],
  ['a layout without gaps', '<div style="font-size:0"><p style="font-size:14px">Seen</p></div>'],
  ['half of the opacity', '<p style="opacity:0.5">Seen</p>'],
  ['a class on small screens', `${sheet('@media (max-width:600px){.a{display:none}}')}<p class="a">Seen</p>`],
  ['a class on paper', `${sheet('.a{display:none}', ' media="print"')}<p class="a">Seen</p>`],
  ['a class in a condition', '<!--[if mso]><style>.a{display:none}</style><![endif]--><p class="a">Seen</p>'],
  ['a class within another', `${sheet('.old .a{display:none}')}<p class="a">Seen</p>`],
  ['a class under the pointer', `${sheet('.a:hover{display:none}')}<p class="a">Seen</p>`],
  ['a class that is shown later', `${sheet('.a{display:none}.a{display:block}')}<p class="a">Seen</p>`],
  ['a class that the element takes back', `${sheet('.a{display:none}')}<p class="a" style="display:block">Seen</p>`],
  [
    'a class that the element takes back for good',
    `${sheet('.a{display:none!important}')}<p class="a" style="display:block ! important">Seen</p>`,
  ],
  ['a class of another element', `${sheet('td.a{display:none}')}<p class="a">Seen</p>`],
  ['a sheet without an end', '<p class="a">Seen</p><style>.a{display:none'],
  ['too many rules', `${sheet('.a{display:none}'.repeat(200))}<p class="a">Seen</p>`],
];

describe('what the style of a mail hides', () => {
  it.each(HIDING)('is in no text: %s', (_, html) => {
    expect(plain(ownText({ html }))).toBe('Seen');
  });
  it.each(HIDING)('is in no HTML: %s', async (_, html) => {
    expect(await wordsOf(html)).toBe('Seen');
  });
  it.each(SHOWING)('is no more than that, in text: %s', (_, html) => {
    expect(plain(ownText({ html }))).toContain('Seen');
  });
  it.each(SHOWING)('is no more than that, in HTML: %s', async (_, html) => {
    expect(await wordsOf(html)).toContain('Seen');
  });

  it('leaves no tags behind', async () => {
    expect(await asHtml('<font style="display:none"><p>a<br></p></font><div hidden><b>b</b></div><p>Seen</p>')).toBe(
      '<p>Seen</p>',
    );
  });
  it('leaves the elements beside it as they are', async () => {
    const html = '<p>a</p><div><p hidden>unseen</p><p dir="rtl">b</p></div><p>c</p>';
    expect(await asHtml(html)).toBe('<p>a</p><div><p dir="rtl">b</p></div><p>c</p>');
  });
});

describe('a mail that hides everything', () => {
  it.each([
    ['by a style', '<div style="display:none">only <b>this</b></div>'],
    ['by a class', `${sheet('.a{display:none}')}<div class="a">only this</div>&nbsp;`],
    ['by its size', '<div style="font-size:0">only this</div>'],
  ])('hides nothing, %s', async (_, html) => {
    expect(plain(ownText({ html }))).toBe('only this');
    expect(await wordsOf(html)).toBe('only this');
  });
  it('but a face shows the face alone', async () => {
    const html = '<div style="display:none">unseen</div><img class="emoji" alt="🙂">';
    expect(ownText({ html })).toBe('🙂');
    expect(await wordsOf(html)).toBe('');
  });
});
