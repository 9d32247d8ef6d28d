import { createHash } from 'node:crypto';
import type { Scene } from './exchange.ts';
import type { Switches } from './switches.ts';
import type { NewSent, WorldThread } from './world-model.ts';

/** What a mail's own words are. */
interface Words {
  readonly text: string;
  readonly html: string;
}

/** What a vendor may put below a mail it sends. Neither says. */
const BELOW: { readonly [Footer in Switches['footer']]: (thread: WorldThread) => Words } = {
  none: () => ({ text: '', html: '' }),
  signature: ({ inboxEmail }) => ({
    text: `\n\n-- \nThe people of Ours\n${inboxEmail}`,
    html: `<p>-- <br>The people of Ours<br>${inboxEmail}</p>`,
  }),
  unsubscribe: ({ id }) => ({
    text: `\n\nUnsubscribe: https://mail.example/u/${id}`,
    html: `<p><a href="https://mail.example/u/${id}">Unsubscribe</a></p>`,
  }),
  pixel: ({ id }) => ({ text: '', html: `<img src="https://mail.example/p/${id}.gif" width="1" height="1" alt="">` }),
  history: ({ visible, leadEmail }) => {
    const last = visible.findLast(({ direction }) => direction === 'inbound')?.text ?? '';
    const line = `On Mon, 5 Jan 2026 at 10:00, ${leadEmail} wrote:`;
    const quoted = last.split('\n').map((each) => `> ${each}`);
    return {
      text: `\n\n${line}\n${quoted.join('\n')}`,
      html: `<div class="gmail_quote">${line}<blockquote>${last}</blockquote></div>`,
    };
  },
};

/** Clicks go over the vendor's own host, behind a token. */
const tracked = (html: string) =>
  html.replace(/href="(https?:[^"]+)"/g, (_, target: string) => {
    const token = createHash('sha256').update(target).digest('base64url').slice(0, 24);
    return `href="https://click.mail.example/c/${token}"`;
  });

/** A sent mail as its conversation shows it. */
function shownForm(
  { footer, trackLinks }: Pick<Switches, 'footer' | 'trackLinks'>,
  thread: WorldThread,
  { text, html }: Words,
): Words {
  const below = BELOW[footer](thread);
  const body = trackLinks ? tracked(html) : html;
  return { text: `${text}${below.text}`, html: body === '' ? '' : `${body}${below.html}` };
}

type Reply = Words &
  Pick<NewSent, 'vendor' | 'request'> &
  Partial<Pick<NewSent, 'sender' | 'cc' | 'bcc' | 'attachments'>>;

/** A reply to the lead of a thread, from the mailbox that it runs through unless said otherwise. */
export function replyIn({ switches }: Pick<Scene, 'switches'>, thread: WorldThread, reply: Reply): NewSent {
  return {
    kind: 'reply',
    threadId: thread.id,
    sender: thread.inboxEmail,
    show: true,
    to: [thread.leadEmail],
    cc: [],
    bcc: [],
    ...reply,
    shown: shownForm(switches, thread, reply),
  };
}
