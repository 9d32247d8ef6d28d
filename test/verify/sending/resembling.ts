import type { Vendor } from '../../../sandbox/switches.ts';
import type { Random } from '../../../shared/ports.ts';
import type { OutgoingAttachment } from '../../../shared/provider.ts';

/** What a mail looks like to whoever reads it. Two of one look cannot be told apart by anybody. */
export interface Looks {
  readonly text: string;
  readonly html?: string;
  readonly file?: 'offer' | 'offer, later' | 'prices';
  readonly copy?: string;
  /** Of mails that differ in what nobody sees, such as how their letters are encoded. */
  readonly as?: string;
}

const linked = (href: string) => `<p>Here is <a href="${href}">our offer</a>, as you wanted it.</p>`;
const BOOK = 'Here is our offer, as you wanted it.';
const ACCENTS = 'Très volontiers, à mardi à dix heures précises.';

/** Mails that people send in one conversation: prefixes, corrections, repeats, the same words with another payload. */
export const FAMILIES: readonly (readonly Looks[])[] = [
  [
    { text: 'Yes.' },
    { text: 'Yesterday I sent you our price list, did you get it?' },
    { text: 'Yes. But not this week.' },
    { text: 'Yes' },
    { text: 'YES.' },
  ],
  [{ text: 'Ok' }, { text: 'Ok, then.' }, { text: '👍' }, { text: '👍🏽' }, { text: '👎' }],
  [
    { text: 'Tuesday at 10:30 is fine for us.' },
    { text: 'Tuesday at 10' },
    { text: 'Tuesday at 10:30 is fine for us, too.' },
    { text: 'Tuesday at 10:30 is fine for us.\n\nSorry, I meant Wednesday.' },
    { text: 'Tuesday at 10:30 is fine for us.\n\nBest regards,\nMaria' },
  ],
  [
    { text: 'The price is 1,500 EUR for all of it.' },
    { text: 'The price is 1.500 EUR for all of it.' },
    { text: 'The price is 1,500 EUR for all of it!' },
    { text: 'The price is 15,00 EUR for all of it.' },
  ],
  [
    { text: 'Our offer is in the file, as you wanted it.', file: 'offer' },
    { text: 'Our offer is in the file, as you wanted it.' },
    { text: 'Our offer is in the file, as you wanted it.', file: 'offer, later' },
    { text: 'Our offer is in the file, as you wanted it.', file: 'prices' },
  ],
  [
    { text: 'I have put the contract in front of our lawyer.' },
    { text: 'I have put the contract in front of our lawyer.', copy: 'boss@company.example' },
    { text: 'I have put the contract in front of our lawyer.', copy: 'law@company.example' },
  ],
  [
    { text: BOOK, html: linked('https://ours.example/offer/a') },
    { text: BOOK, html: linked('https://ours.example/offer/b') },
    {
      text: 'Here is our offer: https://ours.example/offer/a',
      html: linked('https://ours.example/offer/a'),
    },
    { text: BOOK, html: '<p>Here is our offer, as you wanted it. It holds until May.</p>' },
    { text: BOOK },
  ],
  [
    { text: '好的，我们星期二上午十点见面。' },
    { text: '好的，我们星期二上午十点见面。不过地点要改。' },
    { text: '好的' },
  ],
  [
    { text: ACCENTS.normalize('NFC'), as: ACCENTS },
    { text: ACCENTS.normalize('NFD'), as: ACCENTS },
    { text: ACCENTS.replaceAll(' ', '\u00a0'), as: ACCENTS },
    { text: ACCENTS.replace('dix', 'six') },
  ],
  [
    { text: 'Just following up on my last mail, did you see it?' },
    { text: 'Just following up on my last mail, did you see it yet?' },
    { text: 'Just following up on my last mail.' },
  ],
];

/** How a vendor shows mail. */
export interface Showing {
  readonly vendor: Vendor;
  /** Links lead over an address of its own, from which nobody can tell where to. */
  readonly trackLinks: boolean;
}

/** ColdSend is given and shows both bodies, Cohesive the HTML alone. */
export function lookOf({ text, html, file, copy, as }: Looks, { vendor, trackLinks }: Showing): string {
  const shown = trackLinks ? html?.replaceAll(/href="[^"]*"/g, 'href') : html;
  return as ?? JSON.stringify([vendor === 'cohesive' ? (shown ?? text) : [shown ?? '', text], file ?? '', copy ?? '']);
}

const CONTENTS = { offer: 'offer one', 'offer, later': 'offer, later', prices: 'prices' } as const;

/** Its file, by address or by content, as the vendor takes it. */
export function filesOf({ file }: Looks, by: 'url' | 'content'): readonly OutgoingAttachment[] {
  if (file === undefined) return [];
  const filename = file === 'prices' ? 'prices.pdf' : 'offer.pdf';
  const content = CONTENTS[file];
  const common = { filename, contentType: 'application/pdf' };
  if (by === 'url') return [{ ...common, url: `https://ours.example/${encodeURIComponent(content)}/${filename}` }];
  return [{ ...common, contentBase64: Buffer.from(content).toString('base64') }];
}

export const oneOf = <Item>(items: readonly Item[], random: Random): Item => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
};

/** What a colleague or the vendor's own sequence sends in the same conversation: it begins like one of ours, and is another mail. */
export function strangeMail(family: readonly Looks[], random: Random, at: number) {
  const { text } = oneOf(family, random);
  const kind = random();
  if (kind < 0.3) return { text: `${text} And one more thing, said at ${at}.` };
  if (kind < 0.6) return { text: `${text}\n\nPS: this was said at ${at}.`, sequenceNumber: 2 };
  if (kind < 0.75) return { text, from: 'colleague@company.example' };
  if (kind < 0.9) {
    const attachments = [
      { filename: 'map.pdf', contentType: 'application/pdf', sizeBytes: 9, url: 'https://x.example/map.pdf' },
    ];
    return { text, attachments };
  }
  return { text: `${text} ${text}` };
}
