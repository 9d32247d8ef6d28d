import type { ReplyItem } from '../items.ts';

/** Above 6 MB Zapier stores an answer elsewhere first, which takes time. Source: zapier-platform-core, response stasher. */
const ANSWER_CHARACTERS_MAX = 5_000_000;
/** What is kept of each text when an answer is too long. */
const TEXTS = [50_000, 10_000, 2_000, 200] as const;

const lengthOf = (items: readonly ReplyItem[]) => items.reduce((sum, item) => sum + JSON.stringify(item).length, 0);

function cutItem(item: ReplyItem, characters: number): ReplyItem {
  const { text, html } = item;
  const isLong = [text, html].some((words) => typeof words === 'string' && words.length > characters);
  if (!isLong) return item;
  // Half an HTML document is not safe to show.
  const short = typeof text === 'string' ? text.slice(0, characters).toWellFormed() : text;
  const whole = typeof html === 'string' && html.length <= characters ? html : null;
  return { ...item, text: short, html: whole, truncated: true };
}

/** Newest first, each id once, and no longer than Zapier takes at once. */
export function fitted(items: readonly ReplyItem[]): readonly ReplyItem[] {
  const unique = [...new Map(items.map((item) => [item.id, item])).values()];
  let fitting = unique.sort((one, other) => String(other.sent_at).localeCompare(String(one.sent_at)));
  for (const characters of TEXTS) {
    if (lengthOf(fitting) <= ANSWER_CHARACTERS_MAX) break;
    fitting = fitting.map((item) => cutItem(item, characters));
  }
  return fitting;
}
