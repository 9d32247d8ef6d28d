import type { Failure } from '../../failure.ts';
import type { Explain, Refusal } from '../../http/json-client.ts';
import { wordsIn } from '../../http/vendor-text.ts';
import type { Json } from '../../model.ts';
import { fieldsOf } from '../tolerant.ts';

/** `required` where the body has it, else what follows "scopes:" in the text. Three variants. Source: errors and scopes pages. */
function neededScopes({ body, words }: Refusal): readonly string[] {
  const top = fieldsOf(body);
  const required = top.required ?? fieldsOf(top.detail).required;
  const named = Array.isArray(required)
    ? required.filter((scope) => typeof scope === 'string')
    : (/scopes?:\s*(.+)$/i.exec(wordsIn(top.detail) ?? '')?.[1] ?? '').split(/[,\s]+/);
  return named.map(words).filter((scope) => scope !== '');
}

/** One issue of a 422: `{"loc":["body","name"],"msg":"…","type":"…"}`. Source: errors page. */
function issueOf(entry: Json, words: Refusal['words']): string {
  const { loc, msg } = fieldsOf(entry);
  const place = Array.isArray(loc) ? loc.filter((part) => part !== 'body' && part !== 'query').join('.') : '';
  const text = typeof msg === 'string' ? msg : (wordsIn(entry) ?? 'no reason given');
  return words(place ? `${place}: ${text}` : text);
}

function issues({ status, body, words }: Refusal): readonly string[] {
  const { detail } = fieldsOf(body);
  if (Array.isArray(detail) && detail.length > 0) return detail.slice(0, 5).map((entry) => issueOf(entry, words));
  return [words(wordsIn(detail) ?? wordsIn(body) ?? `HTTP ${status}`)];
}

/** A thread or campaign id that is no UUID is refused by shape with a 422 on the path: to us it is unknown. Inferred. */
function refusesPath({ status, body }: Refusal): boolean {
  const { detail } = fieldsOf(body);
  if (status !== 422 || !Array.isArray(detail)) return false;
  const { loc } = fieldsOf(detail[0]);
  return Array.isArray(loc) && loc[0] === 'path';
}

export const explain: Explain = (refusal): Failure => {
  const { status } = refusal;
  if (status === 401) return { kind: 'auth' };
  if (status === 403) return { kind: 'scope', needed: neededScopes(refusal) };
  if (status === 404 || refusesPath(refusal)) return { kind: 'not-found' };
  return { kind: 'invalid', issues: issues(refusal) };
};
