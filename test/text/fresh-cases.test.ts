import { describe, expect, it } from 'vitest';
import { ownText } from '../../shared/text/read.ts';
import { type Expected, faultOf } from './expected.ts';

/** Written from mail in public lists and bug reports, without a look at how it is read. */
const CASES: readonly (readonly [
  what: string,
  mail: { text?: string; html?: string; subject?: string },
  expected: Expected,
])[] = [
  [
    'Thunderbird, own words in its prefix',
    {
      html: '<body><div class="moz-cite-prefix">Yes, Thursday.<br><br>On 19-06-2025 13:02, Ana Me\n      wrote:<br></div><blockquote type="cite" cite="mid:x"><pre class="moz-quote-pre" wrap="">Hello Bob</pre></blockquote></body>',
    },
    { equals: 'Yes, Thursday.' },
  ],
  [
    'Thunderbird, broken prefix',
    {
      html: '<p>Fine.<br></p><div class="moz-cite-prefix">On 04/11/20 7:36 pm, Me, Ana\n      wrote:<br></div><blockquote type="cite"><div>Hello</div></blockquote>',
    },
    { equals: 'Fine.' },
  ],
  [
    'Talon: the header inside a plain blockquote',
    {
      html: 'Reply\n<blockquote>\n<div>\nOn 11-Apr-2011, at 6:54 PM, Bob &lt;bob@example.com&gt; wrote:\n</div>\n<div>\nTest\n</div>\n</blockquote>',
    },
    { equals: 'Reply' },
  ],
  [
    'Outlook on the web, on behalf of',
    {
      html: '<div>You need dc.<br>Alex</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font><b>From:</b> amd-gfx &lt;a@lists.example&gt; on behalf of Ana &lt;ana@x.example&gt;<br><b>Sent:</b> Thursday, August 22, 2019 4:39 AM<br><b>To:</b> a@lists.example &lt;a@lists.example&gt;<br><b>Subject:</b> x</font><div>&nbsp;</div></div><div class="BodyFragment"><div class="PlainText">Hi there</div></div>',
    },
    { equals: 'You need dc. Alex' },
  ],
  [
    'Outlook of Taiwan',
    {
      html: '<p>好的</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>寄件者:</b> Ender &lt;a@x.example&gt;<br><b>寄件日期:</b> 2026年4月28日 上午 11:30<br><b>收件者:</b> Bob<br><b>主旨:</b> Demo</div><div>舊</div>',
    },
    { equals: '好的' },
  ],
  [
    'Yahoo, in its own prefix',
    {
      html: '<div class="ydp1"><div dir="ltr">Yes!</div></div><div id="ydpdb28840fyahoo_quoted_2142999335" class="ydpdb28840fyahoo_quoted"><div><div>On Monday, 7 August 2023 at 14:11:08 BST, Ana &lt;a@x.example&gt; wrote:</div><div><br></div><div>old</div></div></div>',
    },
    { equals: 'Yes!' },
  ],
  [
    'GMX',
    {
      html: '<div>Ja, gern.</div><div name="quote" style="margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5;"><div style="margin:0 0 10px 0;"><b>Gesendet:</b> Dienstag, 03. Juni 2025 um 10:00 Uhr<br><b>Von:</b> "Ana Me" &lt;me@acme.example&gt;<br><b>An:</b> lead@gmx.example<br><b>Betreff:</b> Demo</div><div>Hallo</div></div>',
    },
    { equals: 'Ja, gern.' },
  ],
  [
    'GMX as text',
    {
      text: 'Ja, gern.\n\nGesendet: Dienstag, 03. Juni 2025 um 10:00 Uhr\nVon: "Ana Me" <me@acme.example>\nAn: lead@gmx.example\nBetreff: Demo\n\nHallo',
    },
    { equals: 'Ja, gern.' },
  ],
  [
    'Apple Mail on a phone',
    {
      html: '<div dir="ltr">Sure<br><br><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">On Jun 3, 2025, at 10:00, Ana Me &lt;me@acme.example&gt; wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">Hello</div></blockquote></div>',
    },
    { contains: ['Sure', 'Sent from my iPhone'], lacks: ['Hello', 'wrote'] },
  ],
  [
    'Samsung',
    {
      text: 'Ok\n\nSent from my Galaxy\n\n\n-------- Original message --------\nFrom: Ana Me <me@acme.example> \nDate: 03/06/2025  10:00  (GMT+01:00) \nTo: lead@x.example \nSubject: Demo \n\nHello',
    },
    { contains: ['Ok'], lacks: ['Hello', 'Original'] },
  ],
  [
    'Proton',
    {
      text: 'Great.\n\nSent with Proton Mail secure email.\n\nOn Tuesday, June 3rd, 2025 at 10:00 AM, Ana Me <me@acme.example> wrote:\n\n> Hello',
    },
    { contains: ['Great.'], lacks: ['Hello', 'wrote'] },
  ],
  [
    'Proton, older',
    {
      text: 'Great.\n\n‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Tuesday, June 3, 2025 10:00 AM, Ana Me <me@acme.example> wrote:\n\n> Hello',
    },
    { equals: 'Great.' },
  ],
  [
    'Lotus Notes',
    {
      text: 'We agree.\n\nBob\n\n\n\nFrom:   Ana Me <me@acme.example>\nTo:     "lead@x.example" <lead@x.example>\nDate:   03.06.2025 10:00\nSubject:        Demo\n\n\n\nHello',
    },
    { equals: 'We agree. Bob' },
  ],
  [
    'Outlook for Mac',
    {
      html: '<div class="WordSection1"><p class="MsoNormal">Works.</p><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal" style="margin-bottom:12.0pt"><b><span style="color:black">From: </span></b><span style="color:black">Ana Me &lt;me@acme.example&gt;<br><b>Date: </b>Tuesday, June 3, 2025 at 10:00 AM<br><b>To: </b>Bob<br><b>Subject: </b>Demo</span></p></div><p class="MsoNormal">Hello</p></div>',
    },
    { equals: 'Works.' },
  ],
  [
    'Outlook to plain text, links in brackets',
    {
      text: 'Works.\n\nFrom: Ana Me <me@acme.example<mailto:me@acme.example>>\nSent: Tuesday, June 3, 2025 10:00 AM\nTo: Bob Lead <lead@x.example<mailto:lead@x.example>>\nCc: Carl <c@x.example>; Dora <d@x.example>;\n Emil <e@x.example>\nSubject: RE: Demo\nImportance: High\n\nHello',
    },
    { equals: 'Works.' },
  ],
  [
    'a warning of the mail server above the history',
    {
      text: 'Yes.\n\nFrom: Ana Me <me@acme.example>\nSent: Tuesday, June 3, 2025 10:00 AM\nTo: Bob\nSubject: Demo\n\nCAUTION: external mail.\n\nHello',
    },
    { equals: 'Yes.' },
  ],
  [
    'two levels of Gmail',
    {
      text: 'No.\n\nOn Wed, Jun 4, 2025 at 9:00 AM Ana <a@x.example> wrote:\n\n> Now?\n>\n> On Tue, Jun 3, 2025 at 10:00 AM Bob <b@x.example> wrote:\n>\n>> Later.\n>>\n',
    },
    { equals: 'No.' },
  ],
  [
    'bottom post with a greeting only above',
    { text: 'On 03.06.2025 10:00, Ana Me wrote:\n> Shall we talk?\n\nYes, Thursday.\n\n-- \nBob' },
    { contains: ['Yes, Thursday.', 'Bob'] },
  ],
  [
    'answers marked by name',
    {
      text: 'see below\n\nOn Tue, Jun 3, 2025 at 10:00 AM Ana <a@x.example> wrote:\n\n> price?\n[Bob] 40 euros\n> start?\n[Bob] Monday\n',
    },
    { contains: ['40 euros', 'Monday'] },
  ],
  [
    'mailing list footer',
    {
      text: 'I agree.\n\nOn 6/3/25 10:00, Ana wrote:\n> Hello\n_______________________________________________\nlist mailing list\nlist@lists.example',
    },
    { contains: ['I agree.'], lacks: ['Hello'] },
  ],
  [
    'Norwegian by hand',
    { text: 'Fra mandag er vi stengt.\nTil fredag er alt klart.\n\nHilsen Bob' },
    { equals: 'Fra mandag er vi stengt. Til fredag er alt klart. Hilsen Bob' },
  ],
  [
    'a pasted contact',
    { text: 'Please ask:\n\nJane Doe <jane@x.example>\nHead of Sales\nTel: 555 0100\nFrom 9 to 5' },
    { contains: ['jane@x.example', 'From 9 to 5'] },
  ],
  [
    'dates in own words',
    { text: 'On 3 June 2025 at 10:00 we meet Jane <jane@x.example> in Lyon.\nOn 4 June at 11:00 in Paris.' },
    { contains: ['in Lyon.', 'in Paris.'] },
  ],
  [
    'an invitation',
    { text: 'When: 3 June 2025 10:00\nWhere: Lyon\nWho: Jane <jane@x.example>\n\nJoin us' },
    { contains: ['When', 'Join us', 'jane@x.example'] },
  ],
  [
    'forwarded by Outlook, told by the subject',
    {
      subject: 'FW: Demo',
      text: 'Can you help him?\n\nFrom: Carl <carl@x.example>\nSent: Tuesday, June 3, 2025 10:00 AM\nTo: Bob\nSubject: Demo\n\n40 seats please',
    },
    { contains: ['40 seats please', 'Can you help him?'] },
  ],
  [
    'forwarded by Gmail in HTML',
    {
      html: '<div dir="ltr">For you<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Přeposlaná zpráva ---------<br>Od: <strong>Carl</strong> &lt;c@x.example&gt;<br>Date: út 3. 6. 2025 v 10:00<br>Subject: x<br>To: Bob<br></div><br><br>40 seats</div></div>',
    },
    { contains: ['For you', '40 seats'] },
  ],
  [
    'forwarded by Apple Mail in HTML',
    {
      html: '<div>See below<br><div><br><blockquote type="cite"><div>Begin forwarded message:</div><br><div><b>From: </b>Carl &lt;c@x.example&gt;<br><b>Subject: </b>x<br><b>Date: </b>June 3, 2025 at 10:00<br></div><br><div>40 seats</div></blockquote></div></div>',
    },
    { contains: ['See below', '40 seats'] },
  ],
  [
    'a table of an order',
    {
      html: '<table><tbody><tr><th>Item</th><th>Qty</th></tr><tr><td><p>Seat</p></td><td><p>40</p></td></tr></tbody></table>',
    },
    { contains: ['Item', 'Qty', 'Seat', '40'], lacks: ['ItemQty', 'Seat40', 'QtySeat'] },
  ],
  [
    'a nested list',
    { html: '<ol><li>one<ul><li>deep</li></ul></li><li>two</li></ol>' },
    { contains: ['1. one', 'deep', '2. two'] },
  ],
  [
    'a booking link',
    {
      html: '<p>Please <a href="https://cal.example/bob">book here</a> or write to <a href="mailto:bob@x.example">bob@x.example</a>.</p>',
    },
    { contains: ['https://cal.example/bob', 'write to bob@x.example.'], lacks: ['mailto'] },
  ],
  [
    'a preheader by size',
    { html: '<span style="font-size:0;line-height:0;color:#fff">hidden words</span><p>Seen</p>' },
    { equals: 'Seen' },
  ],
  [
    'text of Word',
    {
      html: '<p class=MsoNormal>Hi<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>there<o:p></o:p></p>',
    },
    { equals: 'Hi there' },
  ],
  ['preformatted', { html: '<pre>a\n  b\n\nc</pre>' }, { equals: 'a b c' }],
  [
    'a mail of one image with words',
    {
      html: '<div>Yes <img src="https://x.example/e.png" alt="😀" class="emoji"> ok<img src="https://t.example/p.gif" width=1 height=1 alt=""></div>',
    },
    { equals: 'Yes 😀 ok' },
  ],
  [
    'entities without semicolons',
    { html: '<p>5 &lt 6 &amp 7 &copy 2025 caf&eacute</p>' },
    { contains: ['5 < 6 & 7 © 2025 café'] },
  ],
  ['numeric C1', { html: '<p>10&#150;20 don&#146;t</p>' }, { equals: '10–20 don’t' }],
  [
    'Zimbra',
    {
      text: 'Oui.\n\n----- Mail original -----\nDe: "Ana Me" <me@acme.example>\nÀ: "Bob" <b@x.example>\nEnvoyé: Mardi 3 Juin 2025 10:00:00\nObjet: Demo\n\nBonjour',
    },
    { equals: 'Oui.' },
  ],
  [
    'Italian Outlook with a copy',
    {
      text: 'Va bene.\n\nDa: Ana Me <me@acme.example>\nInviato: martedì 3 giugno 2025 10:00\nA: Bob <b@x.example>\nCc: Carlo <c@x.example>\nOggetto: Demo\n\nCiao',
    },
    { equals: 'Va bene.' },
  ],
  [
    'one line of headers',
    {
      text: 'Ok.\n\nFrom: Ana Me <me@acme.example> Sent: Tuesday, June 3, 2025 10:00 AM To: Bob <b@x.example> Subject: Demo\n\nHello',
    },
    { equals: 'Ok.' },
  ],
  [
    'Infomaniak',
    {
      html: '<div>Oui</div><div class="ik_mail_quote"><div>Le 03.06.2025 à 10:00, Ana &lt;a@x.example&gt; a écrit :</div><blockquote>Bonjour</blockquote></div>',
    },
    { equals: 'Oui' },
  ],
];

describe('mail that nobody had in mind', () => {
  it.each(CASES)('%s', (_what, mail, expected) => {
    expect(faultOf(ownText(mail), expected)).toBeUndefined();
  });
});
