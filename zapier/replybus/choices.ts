import { textOf } from '../input.ts';
import type { Bundle, Perform, Trigger, Z } from '../platform.ts';
import { campaignChoices, inWords, messageChoices, threadName } from '../triggers/choices.ts';
import { labelsToChoose } from '../triggers/labels.ts';
import { hidden } from '../triggers/triggers.ts';
import { conversationOf } from './conversation.ts';
import { connectionsOf, openPlace } from './place.ts';
import { campaignsAt, threadsPage } from './searches.ts';

const LABEL_PAGES_MAX = 3;
const PAGE_MS = 8_000;

const cursorKey = (connection: string | undefined, page: number) => `dropdown:${connection ?? '*'}:${page}`;
const chosen = (bundle: Bundle) => textOf(bundle, 'connection')?.trim();

const connections: Perform = async (z, bundle) =>
  (await connectionsOf(openPlace(z, bundle, 'connections'))).map(({ id, provider }) => ({
    id,
    name: `${id} (${provider})`,
  }));

const campaigns: Perform = async (z, bundle) =>
  campaignChoices(await campaignsAt(openPlace(z, bundle, 'campaigns'), chosen(bundle)));

const threads: Perform = async (z, bundle) => {
  const place = openPlace(z, bundle, 'threads');
  const page = bundle.meta?.page ?? 0;
  const kept = page === 0 ? undefined : await place.memory.get(cursorKey(chosen(bundle), page));
  if (page > 0 && typeof kept !== 'string') return [];
  const cursor = typeof kept === 'string' ? kept : undefined;
  const listed = await threadsPage(place, {
    connection: chosen(bundle),
    campaign: textOf(bundle, 'campaign_id')?.trim(),
    cursor,
  });
  if (listed.cursor !== null) await place.memory.set(cursorKey(chosen(bundle), page + 1), listed.cursor);
  const newestFirst = listed.items.toSorted((one, other) => other.lastActivityAt.localeCompare(one.lastActivityAt));
  return newestFirst.map(({ id, lead: { email, name }, campaign, subject, lastActivityAt }) => {
    const lead = { email, ...(name === null ? {} : { name }) };
    return { id, name: threadName({ lead, campaign, subject, lastActivityAt: Date.parse(lastActivityAt) }) };
  });
};

const messages: Perform = async (z, bundle) => {
  const threadId = textOf(bundle, 'thread_id')?.trim();
  if (threadId === undefined) return [];
  return await messageChoices(await conversationOf(openPlace(z, bundle, 'messages'), threadId));
};

async function intents(z: Z, bundle: Bundle) {
  const place = openPlace(z, bundle, 'intents');
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let pages = 0; pages < LABEL_PAGES_MAX && place.deadline.leftMs() >= PAGE_MS; pages += 1) {
    const page = await threadsPage(place, { connection: chosen(bundle), cursor });
    for (const { intent } of page.items) if (intent !== null) seen.add(intent);
    if (page.cursor === null) break;
    cursor = page.cursor;
  }
  return labelsToChoose(seen).map((id) => ({ id, name: inWords(id) }));
}

/** What fills the dropdowns. */
export const listTriggers = (): readonly Trigger[] => [
  hidden('connections', 'Connection', false, connections),
  hidden('campaigns', 'Campaign', false, campaigns),
  hidden('threads', 'Thread', true, threads),
  hidden('messages', 'Message', false, messages),
  hidden('intents', 'Intent', false, intents),
];
