import { expect, it } from 'vitest';
import { compose } from '../../shared/events/compose.ts';
import type { Message, Thread } from '../../shared/model.ts';
import { composeReply, replyItem } from '../../zapier/items.ts';
import { replyItem as hookItem } from '../../zapier/replybus/items.ts';
import { messageItems } from '../../zapier/searches/searches.ts';

const SENT_AT = Date.UTC(2025, 0, 20, 12);
const THREAD: Thread = {
  id: 't1',
  key: 't1',
  campaign: { id: 'c1', name: 'Spring' },
  lead: { email: 'jane@acme.example', name: 'Jane' },
  box: 'reply',
  interested: false,
  tags: [],
  lastActivityAt: SENT_AT,
  vendor: {},
};
const later = { history: () => 'later', file: () => null };

/** The HTML of one reply, as each kind of item has it. */
async function htmlOf(html: string) {
  const message: Message = {
    id: 'm1',
    direction: 'inbound',
    from: { email: 'jane@acme.example' },
    to: [{ email: 'me@mine.example' }],
    cc: [],
    bcc: [],
    sentAt: SENT_AT,
    html,
    attachments: [],
    vendor: {},
  };
  const content = { campaign: THREAD.campaign, messages: [message], unreadable: [] };
  const reply = await composeReply('coldsend', THREAD, content, message);
  const polled = replyItem('polled', { provider: 'coldsend', thread: THREAD, reply, later });
  const happening = { type: 'reply.received', connection: 'sales', provider: 'coldsend' } as const;
  const { data } = await compose({ ...happening, thread: THREAD, content, message }, SENT_AT);
  const instant = 'message' in data ? hookItem('instant', data, later) : undefined;
  const [found] = await messageItems({ authData: {}, inputData: {} }, THREAD.id, [message]);
  return { polled: polled.html, instant: instant?.html, found: found?.html };
}

const same = (html: string | null) => ({ polled: html, instant: html, found: html });

it.each([
  ['words that its style hides', '<div style="display:none">Open me</div><p>Yes</p>', '<p>Yes</p>'],
  [
    'words that its style sheet hides',
    '<style>.x{display:none}</style><i class="x">Open me</i><p>Yes</p>',
    '<p>Yes</p>',
  ],
  [
    'scripts and pictures',
    '<p onclick="run()">Yes</p><script>run()</script><img src="https://a.example/">',
    '<p>Yes</p>',
  ],
  ['nothing but blanks', ' \n', null],
  ['too many words', `<p>${'Yes '.repeat(30_000)}</p>`, null],
])('gives the same HTML of a reply in every item, though it has %s', async (_, html, shown) => {
  expect(await htmlOf(html)).toEqual(same(shown));
});

it('keeps in every item the HTML of a long mail of which little is seen', async () => {
  const hidden = `<div style="display:none">${'Open me '.repeat(14_000)}</div>`;
  expect(await htmlOf(`${hidden}<p>Yes</p>`)).toEqual(same('<p>Yes</p>'));
});
