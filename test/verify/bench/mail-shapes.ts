/** The body of a mail, as long as asked for. */
export interface MailShape {
  readonly name: string;
  readonly body: (characters: number) => { readonly text?: string; readonly html?: string };
}

const SENTENCES = [
  'Thanks for reaching out, we have been looking for something like this since the spring.',
  'Could you send me the price list for a team of forty, and tell me whether your people would help us?',
  'Our budget for the year is spent, but in January I would like to see a demo.',
  'I saw that Example Manufacturing is opening a second plant: teams that grow like this plan in spreadsheets.',
  'Call me at +1 555 0100 or write to sales@customer.example, 10:00 to 16:30 on weekdays.',
  'Das klingt gut – können wir am 3. Juni um 10:00 Uhr sprechen?',
];

const WROTE = 'On Mon, Jan 5, 2026 at 9:14 AM Sam Field <sam@company.example> wrote:';

/** `make` again and again, until that many characters are there. */
function fill(characters: number, make: (index: number) => string): string {
  const parts: string[] = [];
  for (let length = 0, index = 0; length < characters; index += 1) {
    const part = make(index);
    parts.push(part);
    length += part.length;
  }
  return parts.join('');
}

const sentence = (index: number) => SENTENCES[index % SENTENCES.length] ?? '';
const prose = (characters: number) =>
  fill(characters, (index) => `${sentence(index)}${index % 4 === 3 ? '\n\n' : '\n'}`);
const quoted = (characters: number) => fill(characters, (index) => `> ${sentence(index)}\n`);
const repeat = (piece: string) => (characters: number) => fill(characters, () => piece);

const paragraphs = (characters: number) =>
  fill(
    characters,
    (index) => `<div dir="ltr"><span style="font-family:Arial;font-size:12pt">${sentence(index)}</span><br></div>`,
  );
const wordParagraphs = (characters: number) =>
  fill(
    characters,
    (index) =>
      `<p class="MsoNormal"><span lang="EN-US" style="mso-fareast-language:EN-US">${sentence(index)}<o:p></o:p></span></p>\n`,
  );
const tableRows = (characters: number) =>
  fill(
    characters,
    (index) => `<table width="600" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse"><tbody>
<tr><td align="center" style="padding:12px 24px;font-family:Helvetica,Arial,sans-serif;font-size:14px;line-height:20px">
<a href="https://news.company.example/r/${index}?u=abc" style="color:#1155cc"><img src="https://news.company.example/${index}.png" width="280" alt="Plant ${index}"></a>
<h2 style="margin:0">Issue ${index}</h2><p style="margin:0">${sentence(index)}</p></td><td>&nbsp;</td></tr></tbody></table>\n`,
  );

/** As mail programs and their people write it. */
export const ORDINARY: readonly MailShape[] = [
  { name: 'plain text', body: (size) => ({ text: prose(size) }) },
  {
    name: 'plain text, half of it history',
    body: (size) => ({ text: `${prose(size / 2)}\n${WROTE}\n${quoted(size / 2)}` }),
  },
  {
    name: 'short answer above long history',
    body: (size) => ({ text: `Yes, Thursday works.\n\nAlex\n\n${WROTE}\n${quoted(size)}` }),
  },
  { name: 'HTML of Gmail', body: (size) => ({ html: paragraphs(size) }) },
  {
    name: 'HTML of Gmail with its history',
    body: (size) => ({
      html: `${paragraphs(size / 4)}<div class="gmail_quote"><div dir="ltr" class="gmail_attr">${WROTE.replace('<', '&lt;').replace('>', '&gt;')}<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">${paragraphs(size * 0.75)}</blockquote></div>`,
    }),
  },
  {
    name: 'HTML of Outlook with its history',
    body: (size) => ({
      html: `<html><head><style>p.MsoNormal{margin:0}</style></head><body>${wordParagraphs(size / 4)}<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>From:</b> Sam Field &lt;sam@company.example&gt;<br><b>Sent:</b> Monday, January 5, 2026 9:14 AM<br><b>To:</b> Alex Morgan<br><b>Subject:</b> Demo</p></div>${wordParagraphs(size * 0.75)}</body></html>`,
    }),
  },
  { name: 'HTML tables of a newsletter', body: (size) => ({ html: `<html><body>${tableRows(size)}</body></html>` }) },
  { name: 'both text and HTML', body: (size) => ({ text: prose(size / 2), html: paragraphs(size / 2) }) },
];

const asHtml = (name: string, piece: string): MailShape => ({ name, body: (size) => ({ html: repeat(piece)(size) }) });
const asText = (name: string, piece: string): MailShape => ({ name, body: (size) => ({ text: repeat(piece)(size) }) });
const nested = (name: string, open: string, close: string): MailShape => ({
  name,
  body: (size) => {
    const times = Math.ceil(size / (open.length + close.length));
    return { html: `${open.repeat(times)}words${close.repeat(times)}` };
  },
});

/** As somebody writes it who wants the reader to be slow. */
export const HOSTILE: readonly MailShape[] = [
  nested('nested div', '<div>', '</div>'),
  nested('nested tables', '<table><tr><td>', '</td></tr></table>'),
  nested('nested quotes', '<blockquote type="cite">', '</blockquote>'),
  nested('nested lists', '<ul><li>', '</li></ul>'),
  nested('nested links', '<a href="https://a.example/">', '</a>'),
  asHtml('unclosed div', '<div>a'),
  asHtml('unclosed inline tags', '<b>a<i>b<font>c'),
  asHtml('unclosed tables', '<table><tr><td>a'),
  asHtml('unclosed comments', '<!-- a'),
  asHtml('unclosed attributes', '<a href="'),
  asHtml('brackets hidden in quotes', '<a=">"'),
  asHtml('unclosed scripts', '<script>a'),
  asHtml('closing tags', '</div></b></td>'),
  asHtml('crossed tags', '<b><p></b></p>a'),
  asHtml('attributes', '<b a=1 b="2" c=\'3\' d>a</b>'),
  asHtml('hidden elements', '<div style="display:none">a</div>b'),
  asHtml('style sheets', '<style>.a{display:none}</style>'),
  asHtml('style sheets without an end', '<style>.a{/*'),
  {
    name: 'elements of many classes below many rules',
    body: (size) => ({
      html: `<style>${fill(3_000, (index) => `.a.b${index}{display:none}`)}</style>${fill(size, (index) => `<p class="a c${index}">a</p>`)}`,
    }),
  },
  asHtml('hidden elements between words', '<p hidden></p>words between them'),
  asHtml('less-than signs', '<'),
  asHtml('less-than signs and letters', '<a'),
  asHtml('entities', '&amp;&lt;&#8364;&euro;'),
  asHtml('entities without an end', '&amp&lt&#8364&'),
  asHtml('blanks in HTML', ' \n\t'),
  asHtml('breaks', '<br>'),
  asHtml('rules', '<hr>'),
  asHtml('images of faces', '<img alt="🙂" class="emoji">'),
  asText('text of quotes', '> a\n'),
  asText('text of deep quotes', '>>>>>>>>>>'),
  asText('text of marks and words', '> a\nb\n'),
  asText('text of headers', 'From: a\n'),
  asText('text of blocks of headers', 'From: a <a@a.example>\nSent: 3 June 2025 10:00\nTo: b\nSubject: c\n\n'),
  asText('text of "wrote" lines', `${WROTE}\n`),
  asText('text of "wrote" lines and quotes', `${WROTE}\n> a\nb\n`),
  asText('text of separators', '-----Original Message-----\n'),
  asText('text of rules', `${'_'.repeat(32)}\n`),
  asText('text of colons', 'a:\n'),
  asText('text of addresses', 'a@a.example\n'),
  asText('text of brackets', '<[({'),
  asText('text of blanks', ' '),
  asText('text of lines of blanks', ' \t\n'),
  asText('text of ends of lines', '\n'),
  asText('text of unseen signs', '\u200b\u00ad'),
  asText('text of digits', '1 2:3 '),
  asText('text of base64', 'QUJDRGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo9QUJDRGVmZ2hpamtsbW5vcHFyc3R1dnd4\n'),
  asText('text of base64 in one line', 'QUJDRGVmZ2hpamtsbW5vcHFyc3R1dnd4'),
];
