import type { FailureKind } from '../failure.ts';
import type { Instant } from '../model.ts';
import { ALL_FEEDS, feedTroubles, isOver, TROUBLED, type Trouble, type Troubled } from '../polling/state/troubles.ts';
import { troublesAddress } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { TroubleView } from './shapes.ts';

const NAME_MAX = 60;

/** Chosen by people at the vendor: one line, without signs that change how a terminal or page reads it. */
const nameText = (name: string): string =>
  name
    .slice(0, NAME_MAX * 4)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, NAME_MAX);

/** What people call a feed: by name and id, where its campaign has a name. */
export function feedName(feed: string, name?: string | null): string {
  if (feed === ALL_FEEDS) return 'the list of campaigns';
  const words = nameText(name ?? '');
  return words === '' || words === feed ? feed : `"${words}" (${feed})`;
}

/** "2026-11-28 19:02 UTC". */
export const minuteText = (at: Instant): string =>
  `${new Date(Math.max(0, Math.min(at, 8.64e15))).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const WAIT = 'nothing is to be done unless that lasts; ask the vendor then';
const REPORT = 'update Replybus, or show its makers the report of "replybus doctor --probe --report FILE"';
const ADVICE: { readonly [Kind in FailureKind]: string } = {
  auth: 'check that the key is valid and may read it',
  scope: 'give the key what it lacks',
  'not-found': 'if it was deleted, take it out of "campaigns"',
  invalid: 'look at it at the vendor',
  throttled: WAIT,
  unavailable: WAIT,
  wire: REPORT,
  unsupported: REPORT,
};

const WHAT: { readonly [Each in Troubled]: (name: string, trouble: Trouble) => string } = {
  replies: (name) => `Nothing can be read of ${name}`,
  pages: (name) => `A page deep in the list of ${name} cannot be read, so what stands there waits,`,
  interested: (name) => `The interested list of ${name} cannot be read, so late labels wait,`,
  threads: (name, { threads = 1 }) =>
    `${threads === 1 ? 'A thread' : `${threads} threads`} of ${name} cannot be opened`,
};

/** What is said of a page says nothing of its campaign, or of the key. */
const adviceFor = (what: Troubled, { kind }: Trouble): string =>
  what === 'pages' && ADVICE[kind] !== REPORT ? WAIT : ADVICE[kind];

function sentence(what: Troubled, name: string, trouble: Trouble): string {
  const said = trouble.said.replace(/\.$/, '');
  const since = minuteText(trouble.since);
  return `${WHAT[what](name, trouble)} since ${since}: ${said}; it is tried again at ${minuteText(trouble.nextAt)}; ${adviceFor(what, trouble)}.`;
}

/** How the feeds of a connection fail now, each in a sentence. */
export async function troubleViews(store: Store, connection: string, now: Instant): Promise<readonly TroubleView[]> {
  const stored = await feedTroubles.list(store, troublesAddress(connection, '').partition);
  return stored.flatMap(({ key: feed, value }) =>
    TROUBLED.flatMap((what): readonly TroubleView[] => {
      const trouble = value[what];
      if (!trouble || isOver(trouble, now)) return [];
      const { since, nextAt } = trouble;
      const name = value.name === undefined ? null : nameText(value.name);
      return [
        {
          connection,
          feed,
          name,
          what,
          since: new Date(since).toISOString(),
          nextAt: new Date(nextAt).toISOString(),
          detail: sentence(what, feedName(feed, value.name), trouble),
        },
      ];
    }),
  );
}
