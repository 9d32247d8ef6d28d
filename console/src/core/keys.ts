import { useEffect, useRef } from 'preact/hooks';

type Commands = Readonly<Record<string, () => unknown>>;

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Single keys that act while nobody is typing. */
export function useCommands(commands: Commands): void {
  const latest = useRef(commands);
  latest.current = commands;
  useEffect(() => {
    const act = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      const command = latest.current[event.key];
      if (!command) return;
      event.preventDefault();
      command();
    };
    addEventListener('keydown', act);
    return () => removeEventListener('keydown', act);
  }, []);
}

export const KEYS: readonly (readonly [key: string, meaning: string])[] = [
  ['j  k', 'next, previous thread'],
  ['Enter', 'open the thread'],
  ['r', 'reply'],
  ['f', 'forward'],
  ['s', 'star'],
  ['u', 'mark read or unread'],
  ['/', 'search'],
  ['Esc', 'back to the list'],
  ['g', 'the newest replies'],
  ['Ctrl Enter', 'send'],
  ['?', 'this list'],
];
