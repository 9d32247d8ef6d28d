import type { ComponentChildren } from 'preact';
import type { ApiError } from '../core/api.ts';
import { fullTime, isKnown, shortTime, withLocalTimes } from '../core/time.ts';

/** Characters that show nothing or turn the line round, and would let a name pass for another: shown as a mark. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text of a stranger on one line. */
export const shown = (text: string): string => text.replace(/[\r\n\t]+/g, ' ').replace(UNSEEN, '');

/** A sentence of ours, as the reader of this page says it. */
export const said = (sentence: string): string => withLocalTimes(shown(sentence));

/** A vendor's own word for a label, `not_interested`, as people write it; what is written as people do stays. */
export const labelText = (label: string): string =>
  /^[a-z0-9]+(_[a-z0-9]+)*$/.test(label)
    ? `${label.charAt(0).toUpperCase()}${label.slice(1).replaceAll('_', ' ')}`
    : shown(label);

export function Time({ at }: { readonly at: string }) {
  // Without a date, this is no time for a machine.
  if (!isKnown(at)) return <span class="time">time unknown</span>;
  return (
    <time dateTime={at} title={fullTime(at)}>
      {shortTime(at)}
    </time>
  );
}

interface EmptyProperties {
  readonly title: string;
  readonly children?: ComponentChildren;
}

export function Empty({ title, children }: EmptyProperties) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" /> Loading {what} …
    </p>
  );
}

const TITLES: Readonly<Record<number, string>> = {
  0: 'Offline',
  403: 'Not allowed',
  404: 'Not found',
  429: 'Too many calls',
  502: 'The vendor does not answer',
  503: 'Wait a moment',
};
/** Where the status says less than the kind of the problem. */
const KINDS: Readonly<Record<string, string>> = {
  'urn:replybus:problem:auth': 'The vendor refuses the key',
  'urn:replybus:problem:scope': 'The key may not do this',
  'urn:replybus:problem:wire': 'The vendor could not be understood',
};

export function Trouble({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) {
  return (
    <div class="trouble" role="alert">
      <strong>{KINDS[error.type] ?? TITLES[error.status] ?? 'Something went wrong'}</strong>
      <p>{said(error.message)}</p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Badge({ tone, children }: { readonly tone: string; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}
