import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Connections } from './connections/connections.tsx';
import { api } from './core/api.ts';
import { KEYS, useCommands } from './core/keys.ts';
import { useLoad } from './core/load.ts';
import { newsText, useNews } from './core/news.ts';
import { hrefOf, type Route, useRoute } from './core/route.ts';
import { forgetToken, readToken, takeToken, whenRefused } from './core/session.ts';
import { Events } from './events.tsx';
import { Inbox } from './inbox/inbox.tsx';
import { Overview } from './overview.tsx';
import { Loading, Trouble } from './parts/parts.tsx';
import { SignIn } from './sign-in.tsx';
import { Start } from './start.tsx';

const VIEWS: readonly (readonly [view: Route['view'], label: string])[] = [
  ['inbox', 'Inbox'],
  ['events', 'Events'],
  ['connections', 'Connections'],
  ['overview', 'Overview'],
];

function Help({ close }: { readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label="Keys" onClose={close}>
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}

function Navigation({ view, news }: { readonly view: Route['view']; readonly news: number }) {
  return (
    <nav class="main" aria-label="Views">
      <a class="brand" href={hrefOf({ view: 'inbox' })}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M12 9 6 15l6 6M7 15h11a7 7 0 0 1 7 7v2" />
        </svg>
        Replybus
      </a>
      <ul>
        {VIEWS.map(([name, label]) => (
          <li key={name}>
            <a href={hrefOf({ view: name })} aria-current={view === name ? 'page' : undefined}>
              {label}
              {name === 'inbox' && news > 0 && (
                <span class="count">
                  {newsText(news)}
                  <span class="unseen"> new</span>
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** What the tab is called. */
function useTitle(view: Route['view'], news: number): void {
  useEffect(() => {
    const label = VIEWS.find(([name]) => name === view)?.[1] ?? 'Connect an account';
    document.title = `${news > 0 ? `(${newsText(news)}) ` : ''}${label} · Replybus`;
  }, [view, news]);
}

function Signed() {
  const route = useRoute();
  const { news, seen } = useNews();
  const [help, setHelp] = useState(false);
  const { value, error, reload } = useLoad('connections', async () => await api.connections(), 30_000);
  useCommands({ '?': () => setHelp(true) });
  useTitle(route.view, news);
  const connections = value?.items ?? [];
  const isSandbox = connections.length > 0 && connections.every(({ sandbox }) => sandbox);
  return (
    <>
      <Navigation view={route.view} news={news} />
      {isSandbox && route.view !== 'start' && (
        <aside class="sandbox" aria-label="Sandbox">
          What you see is a sandbox: invented leads, on this machine alone.{' '}
          <a href={hrefOf({ view: 'start' })}>Connect a real account</a>
        </aside>
      )}
      {error && <Trouble error={error} retry={reload} />}
      {!value && !error && <Loading what="connections" />}
      {value && route.view === 'inbox' && (
        <Inbox chosen={route.subject} connections={connections} news={news} seen={seen} />
      )}
      {route.view === 'events' && <Events />}
      {value && route.view === 'connections' && <Connections connections={connections} reload={reload} />}
      {route.view === 'overview' && <Overview />}
      {route.view === 'start' && <Start />}
      {help && <Help close={() => setHelp(false)} />}
    </>
  );
}

export function App() {
  const [token, setToken] = useState(readToken);
  const [refused, setRefused] = useState(false);
  useLayoutEffect(
    () =>
      whenRefused(() => {
        forgetToken();
        setRefused(true);
        setToken(null);
      }),
    [],
  );
  useLayoutEffect(() => {
    // An address with a token, put into a page that is open already, changes its fragment alone.
    const enter = () => {
      if (!takeToken()) return;
      setRefused(false);
      setToken(readToken());
    };
    addEventListener('hashchange', enter);
    return () => removeEventListener('hashchange', enter);
  }, []);
  if (token === null)
    return (
      <SignIn
        refused={refused}
        enter={(given) => {
          setRefused(false);
          setToken(given);
        }}
      />
    );
  return <Signed key={token} />;
}
