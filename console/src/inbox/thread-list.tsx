import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ThreadView } from '../core/api.ts';
import { go, hrefOf } from '../core/route.ts';
import { Badge, labelText, shown, Time } from '../parts/parts.tsx';

/** Every row is as high as the next, so that only those in sight exist. Also in styles.css. */
const ROW_PX = 76;
const BEYOND_SIGHT = 8;

interface Properties {
  readonly threads: readonly ThreadView[];
  readonly chosen: string | undefined;
  /** Whether a further page can be asked for. */
  readonly more: boolean;
  readonly loading: boolean;
  onEnd(): void;
  /** Into the thread that was chosen, by the keyboard. */
  enter(): void;
}

const isLabelled = ({ interested, intent }: ThreadView): boolean => interested || intent !== null;

/** What the row has, as the classes that lay it out. */
function formOf(thread: ThreadView): string {
  const unread = thread.read === false ? 'unread' : '';
  const bare = thread.subject === null ? 'bare' : '';
  return `${unread} ${bare} ${isLabelled(thread) ? '' : 'unlabelled'}`;
}

function Row({
  thread,
  isChosen,
  isTabStop,
  top,
}: {
  readonly thread: ThreadView;
  readonly isChosen: boolean;
  readonly isTabStop: boolean;
  readonly top: number;
}) {
  const name = shown(thread.lead.name ?? thread.lead.email);
  return (
    <li class="row" style={{ transform: `translateY(${top}px)` }} aria-current={isChosen ? 'true' : undefined}>
      <a href={hrefOf({ view: 'inbox', subject: thread.id })} class={formOf(thread)} tabIndex={isTabStop ? 0 : -1}>
        <span class="who">
          {thread.starred && (
            <span class="star" role="img" aria-label="Starred">
              ★
            </span>
          )}
          {thread.read === false && <span class="dot" role="img" aria-label="Unread" />}
          <bdi>{name}</bdi>
        </span>
        <Time at={thread.lastActivityAt} />
        {/* Where the vendor's list has no subjects, more of the words stands in their place. */}
        {thread.subject !== null && (
          <span class="subject">
            <bdi>{shown(thread.subject)}</bdi>
          </span>
        )}
        {isLabelled(thread) && (
          <span class="labels">
            {thread.interested ? (
              <Badge tone="good">Interested</Badge>
            ) : (
              <Badge tone="plain">{labelText(thread.intent ?? '')}</Badge>
            )}
          </span>
        )}
        <span class="preview">
          <bdi>{shown(thread.preview ?? '')}</bdi>
        </span>
        <span class="from">{shown(thread.campaign?.name ?? thread.connection)}</span>
      </a>
    </li>
  );
}

/** The rows in sight of a list that may have a hundred thousand. */
export function ThreadList({ threads, chosen, more, loading, onEnd, enter }: Properties) {
  const scroller = useRef<HTMLDivElement>(null);
  // In whole rows, so that most steps of a scroll draw nothing anew.
  const [top, setTop] = useState(0);
  const [count, setCount] = useState(12);
  const place = threads.findIndex(({ id }) => id === chosen);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      setTop(Math.floor(element.scrollTop / ROW_PX));
      setCount(Math.ceil(element.clientHeight / ROW_PX) + 1);
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const resized = new ResizeObserver(look);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      resized.disconnect();
    };
  }, []);
  const first = Math.max(0, top - BEYOND_SIGHT);
  const last = Math.min(threads.length, top + count + BEYOND_SIGHT);
  useEffect(() => {
    if (more && !loading && last >= threads.length - BEYOND_SIGHT) onEnd();
  }, [last, threads.length, more, loading, onEnd]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || place < 0) return;
    const at = place * ROW_PX;
    if (at < element.scrollTop) element.scrollTop = at;
    if (at + ROW_PX > element.scrollTop + element.clientHeight) element.scrollTop = at + ROW_PX - element.clientHeight;
  }, [place]);
  const inSight = place >= first && place < last;
  // Whoever moves among the links stays on the chosen one, also when its row was out of sight until now.
  useEffect(() => {
    const element = scroller.current;
    if (!inSight || !element?.contains(document.activeElement)) return;
    element.querySelector<HTMLElement>('[aria-current] a')?.focus();
  }, [chosen, inSight]);
  const tabStop = inSight ? chosen : threads[top]?.id;
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && event.target instanceof HTMLAnchorElement) {
      event.preventDefault();
      location.hash = event.target.hash;
      enter();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = step === undefined ? undefined : threads[Math.max(0, place + step)];
    if (!next) return;
    event.preventDefault();
    go({ view: 'inbox', subject: next.id });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move among the links inside, as in any list of mail.
    <div class={threads.length === 0 ? 'rows none' : 'rows'} ref={scroller} onKeyDown={press}>
      <ol style={{ height: `${threads.length * ROW_PX}px` }} aria-label="Threads">
        {threads.slice(first, last).map((thread, index) => (
          <Row
            key={thread.id}
            thread={thread}
            isChosen={thread.id === chosen}
            isTabStop={thread.id === tabStop}
            top={(first + index) * ROW_PX}
          />
        ))}
      </ol>
    </div>
  );
}
