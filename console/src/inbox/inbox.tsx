import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { ConnectionView, ThreadFilter } from '../core/api.ts';
import { useCommands } from '../core/keys.ts';
import { newsText } from '../core/news.ts';
import { go, hrefOf } from '../core/route.ts';
import { Empty, Loading, said, shown, Trouble } from '../parts/parts.tsx';
import { Conversation } from './conversation.tsx';
import { Filters } from './filters.tsx';
import { type Paged, usePages } from './paged.ts';
import { ThreadList } from './thread-list.tsx';

interface Properties {
  readonly chosen: string | undefined;
  readonly connections: readonly ConnectionView[];
  /** Replies recorded since the list was read. */
  readonly news: number;
  seen(): void;
}

const KEPT = 'replybus.filter';

function keptFilter(): ThreadFilter {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Labels seen in this tab: a filter offers what exists. */
function useLabels({ threads }: Paged): readonly string[] {
  const [labels, setLabels] = useState<readonly string[]>([]);
  useEffect(() => {
    const seen = new Set([...labels, ...threads.flatMap(({ intent }) => intent ?? [])]);
    if (seen.size > labels.length) setLabels([...seen].sort());
  }, [threads, labels]);
  return labels;
}

function Below({ pages, filtered }: { readonly pages: Paged; readonly filtered: boolean }) {
  if (pages.error) return <Trouble error={pages.error} retry={pages.reload} />;
  if (pages.loading) return <Loading what="threads" />;
  if (pages.threads.length > 0) return null;
  if (filtered) return <Empty title="Nothing matches">Take a filter away, or search for something else.</Empty>;
  return (
    <Empty title="No replies yet">
      <p>
        As soon as a lead answers, the thread stands here. <a href={hrefOf({ view: 'connections' })}>Connections</a>{' '}
        shows whether they are polled.
      </p>
    </Empty>
  );
}

function Complaints({ pages }: { readonly pages: Paged }) {
  return (
    <>
      {pages.failures.map(({ connection, detail }) => (
        <p key={connection} class="notice" role="alert">
          <strong>{shown(connection)}</strong>: {said(detail)}
        </p>
      ))}
      {pages.unreadable > 0 && (
        <p class="notice">{pages.unreadable} rows were left out because they could not be read.</p>
      )}
    </>
  );
}

/** What the list has cost so far: each page was asked for at the vendor itself. */
function Cost({ pages: { pages, threads, more, loading } }: { readonly pages: Paged }) {
  if (pages === 0) return null;
  const isWhole = threads.length > 0 && !more && !loading;
  return (
    <p class="cost">
      {isWhole && 'That is all of them. '}
      Live from the vendors, {pages === 1 ? 'one page' : `${pages} pages`} so far.
    </p>
  );
}

const focusOn = (selector: string): void => document.querySelector<HTMLElement>(selector)?.focus();
const enterThread = () => focusOn('.conversation');
const enterList = () => focusOn('.rows a[tabindex="0"]');

/** The threads of all connections, and the one that is read. */
export function Inbox({ chosen, connections, news, seen }: Properties) {
  const [filter, setFilter] = useState(keptFilter);
  useEffect(() => sessionStorage.setItem(KEPT, JSON.stringify(filter)), [filter]);
  const pages = usePages(filter);
  const labels = useLabels(pages);
  const { threads } = pages;
  const place = useMemo(() => threads.findIndex(({ id }) => id === chosen), [threads, chosen]);
  const move = (step: 1 | -1) => {
    const next = threads[Math.max(0, Math.min(threads.length - 1, place + step))];
    if (next) go({ view: 'inbox', subject: next.id });
  };
  const refresh = useCallback(() => {
    document.querySelector('.rows')?.scrollTo(0, 0);
    enterList();
    pages.reload();
    seen();
  }, [pages.reload, seen]);
  useCommands({
    j: () => move(1),
    k: () => move(-1),
    g: refresh,
    Enter: enterThread,
    '/': () => focusOn('#search'),
    Escape: () => chosen !== undefined && go({ view: 'inbox' }),
  });
  return (
    <main class={chosen === undefined ? 'inbox' : 'inbox reading'}>
      <section class="list" aria-label="Inbox">
        {chosen === undefined && <h1 class="unseen">Inbox</h1>}
        <Filters filter={filter} connections={connections} labels={labels} change={setFilter} leave={enterList} />
        {news > 0 && (
          <button type="button" class="news" onClick={refresh}>
            {news === 1 ? 'A new reply' : `${newsText(news)} new replies`}: show
          </button>
        )}
        <Complaints pages={pages} />
        <ThreadList
          threads={threads}
          chosen={chosen}
          more={pages.more}
          loading={pages.loading}
          onEnd={pages.next}
          enter={enterThread}
        />
        <Below pages={pages} filtered={Object.keys(filter).length > 0} />
        <Cost pages={pages} />
      </section>
      <section class="conversation" aria-label="Thread" tabIndex={-1}>
        {chosen === undefined ? (
          <Empty title="Choose a thread">
            <p>
              <kbd>j</kbd> and <kbd>k</kbd> move through the list, <kbd>?</kbd> shows every key.
            </p>
          </Empty>
        ) : (
          <Conversation
            key={chosen}
            id={chosen}
            campaign={threads[place]?.campaign?.name ?? undefined}
            connections={connections}
            changed={pages.change}
          />
        )}
      </section>
    </main>
  );
}
