import { useLayoutEffect, useRef } from 'preact/hooks';

type Commands = Readonly<Record<string, () => unknown>>;

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** What has a meaning of its own for Enter and the space bar. */
const PRESSED = 'a[href], button, summary';

const isPressing = ({ key, target }: KeyboardEvent) =>
  (key === 'Enter' || key === ' ') && target instanceof Element && target.closest(PRESSED) !== null;

/** A dialog has the keyboard to itself. */
const isAsked = () => document.querySelector('dialog[open]') !== null;

const isMeant = (event: KeyboardEvent): boolean =>
  !event.defaultPrevented &&
  !(event.metaKey || event.ctrlKey || event.altKey) &&
  !isTyping(event.target) &&
  !isPressing(event) &&
  !isAsked();

/** Single keys that act while nobody is typing, and nothing else is meant by them. */
export function useCommands(commands: Commands): void {
  const latest = useRef(commands);
  latest.current = commands;
  // Whoever sees the page can press its keys.
  useLayoutEffect(() => {
    const act = (event: KeyboardEvent) => {
      const command = latest.current[event.key];
      if (!command || !isMeant(event)) return;
      event.preventDefault();
      command();
    };
    addEventListener('keydown', act);
    return () => removeEventListener('keydown', act);
  }, []);
}

export const KEYS: readonly (readonly [key: string, meaning: string])[] = [
  ['j  k', 'next, previous thread'],
  ['Enter', 'from the search to the list, from the list into the thread'],
  ['r', 'reply'],
  ['f', 'forward'],
  ['s', 'star'],
  ['u', 'mark read or unread'],
  ['/', 'search'],
  ['Esc', 'back to the list'],
  ['g', 'the newest replies'],
  ['Ctrl Enter', 'send'],
  ['Ctrl B  I', 'bold, italics'],
  ['?', 'this list'],
];
