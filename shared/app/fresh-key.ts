import { isSendable } from '../http/json-client.ts';
import type { Http, HttpResponse } from '../ports.ts';
import type { KeyHeaders } from '../provider.ts';

export interface OpenedKey {
  /** As the connection was opened with it. */
  readonly apiKey: string;
  readonly keyHeaders: KeyHeaders;
  /** The key as it is kept now, past every cache; undefined when it could not be read. */
  readonly readAgain: () => Promise<string | undefined>;
}

const without = (response: HttpResponse, key: string): HttpResponse => ({
  ...response,
  body: response.body.replaceAll(key, '…'),
});

/**
 * A read that the vendor refuses with 401 is tried once more with the key read afresh, if that is another one: it was
 * changed since we cached it. Writes are not: each is preceded by a read, which has brought the new key by then.
 */
export function withFreshKey(http: Http, { apiKey, keyHeaders, readAgain }: OpenedKey): Http {
  let current = apiKey;
  return async (request) => {
    const used = current;
    // Whoever opened the connection knows its key and hides it; a later one is known here alone.
    const ask = async (key: string): Promise<HttpResponse> => {
      if (key === apiKey) return await http(request);
      return without(await http({ ...request, headers: { ...request.headers, ...keyHeaders(key) } }), key);
    };
    const response = await ask(used);
    if (response.status !== 401 || request.method !== 'GET') return response;
    const fresh = await readAgain();
    if (fresh === undefined || fresh === used || !isSendable(fresh)) return response;
    current = fresh;
    return await ask(fresh);
  };
}
