import { useLayoutEffect, useState } from 'preact/hooks';

/** Where the page stands: the fragment, so that every address of it is one file to the server. */
export interface Route {
  readonly view: 'inbox' | 'events' | 'connections' | 'overview' | 'start';
  /** A thread's CONNECTION/THREAD, or an event's id. */
  readonly subject?: string;
}

const VIEWS: readonly Route['view'][] = ['inbox', 'events', 'connections', 'overview', 'start'];

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function readRoute(hash: string): Route {
  const [name = '', ...rest] = hash.replace(/^#\/?/, '').split('/');
  const view = VIEWS.find((known) => known === name) ?? 'inbox';
  const subject = rest.map(decode).join('/');
  return subject === '' ? { view } : { view, subject };
}

export const hrefOf = ({ view, subject }: Route): string =>
  subject === undefined ? `#/${view}` : `#/${view}/${subject.split('/').map(encodeURIComponent).join('/')}`;

export function go(route: Route): void {
  location.hash = hrefOf(route);
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  // A plain effect comes after the first picture, and misses what the address becomes until then.
  useLayoutEffect(() => {
    const follow = () => setRoute(readRoute(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}
