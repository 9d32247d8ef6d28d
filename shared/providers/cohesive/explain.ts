import type { Failure } from '../../failure.ts';
import type { Explain } from '../../http/json-client.ts';
import { wordsIn } from '../../http/vendor-text.ts';

/** `{"error": "…"}` is documented; the gateway passes on whatever its backend says, in any shape. Source: vendor's site repository. */
export const explain: Explain = ({ status, body, words }): Failure => {
  // No scopes exist, so a 403 can only be about the key. Assumed.
  if (status === 401 || status === 403) return { kind: 'auth' };
  // An unknown route answers 404 with HTML: the campaign id made the path. Inferred.
  if (status === 404) return { kind: 'not-found' };
  return { kind: 'invalid', issues: [words(wordsIn(body) ?? `HTTP ${status}`)] };
};
