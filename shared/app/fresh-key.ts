import type { Http, HttpResponse } from '../ports.ts';

const KEY_HEADER = 'x-api-key';

/** The key as it is kept now, past every cache; undefined when it could not be read. */
export type ReadAgain = () => Promise<string | undefined>;

const without = (response: HttpResponse, key: string): HttpResponse => ({
  ...response,
  body: response.body.replaceAll(key, '…'),
});

/**
 * A read that the vendor refuses with 401 is tried once more with the key read afresh, if that is another one: it was
 * changed since we cached it. Writes are not: each is preceded by a read, which has brought the new key by then.
 */
export function withFreshKey(http: Http, readAgain: ReadAgain): Http {
  let replaced: { readonly old: string; readonly fresh: string } | undefined;
  return async (request) => {
    const given = request.headers[KEY_HEADER];
    const key = replaced && replaced.old === given ? replaced.fresh : given;
    const headers = key === undefined ? request.headers : { ...request.headers, [KEY_HEADER]: key };
    const response = await http({ ...request, headers });
    const isOurs = request.method === 'GET' && given !== undefined;
    if (response.status !== 401 || !isOurs) return key === given || !key ? response : without(response, key);
    const fresh = await readAgain();
    if (fresh === undefined || fresh === key) return response;
    replaced = { old: given, fresh };
    return without(await http({ ...request, headers: { ...request.headers, [KEY_HEADER]: fresh } }), fresh);
  };
}
