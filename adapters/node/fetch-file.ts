import { type Failure, ProviderError } from '../../shared/failure.ts';
import { HttpFault } from '../../shared/ports.ts';
import { checkUrl } from './address-guard.ts';
import { type NodeHttpOptions, nodeRawHttp, type RawResponse } from './http.ts';

/** From call to last byte. */
const FETCH_TIMEOUT_MS = 20_000;

const megabytes = (bytes: number) => `${Math.floor((bytes / 1024 / 1024) * 10) / 10} MB`;

function fail(failure: Failure): never {
  throw new ProviderError(failure, { provider: 'The server of an attachment', operation: 'fetch a file' });
}

const refuse = (issue: string): never => fail({ kind: 'invalid', issues: [issue] });
const unavailable = (code: string): never => fail({ kind: 'unavailable', mayHaveHappened: false, code });

/** A sentence, to stand inside another. */
const asClause = (sentence: string) => `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`;

/** Why an answer is not the file: for good, or only now. */
function checkAnswer({ status, headers, truncated }: RawResponse, bytesMax: number): void {
  if (status >= 300 && status < 400)
    refuse('the address leads on to another one, which is not followed; give the address of the file itself');
  if (status === 401 || status === 403)
    refuse('the file may not be read without signing in; put it somewhere public, or attach it from this computer');
  if (status === 404 || status === 410) refuse('there is no file at this address; check it');
  if (status === 408 || status === 425 || status === 429 || status >= 500) unavailable(`HTTP ${status}`);
  if (status !== 200) refuse(`it answered without a file (HTTP ${status})`);
  if (truncated) refuse(`the file is larger than the ${megabytes(bytesMax)} there is room for`);
  const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (encoding !== 'identity') refuse('the file comes packed, though it was asked for as it is; give another address');
}

/**
 * Reads a file by its public URL, once, without following redirects. What is wrong with the file is `invalid`, trouble on
 * the way is `unavailable`; no sentence names the URL, whose query may be a secret.
 */
export function fetchFile(
  options: NodeHttpOptions & { readonly timeoutMs?: number },
): (url: string, bytesMax: number) => Promise<{ readonly contentBase64: string }> {
  const exchange = nodeRawHttp({ ...options, accepts: 'identity' });
  return async (url, bytesMax) => {
    const problem = checkUrl(url, options);
    if (problem !== undefined) refuse(asClause(problem));
    const timeoutMs = options.timeoutMs ?? FETCH_TIMEOUT_MS;
    const answer = await exchange({ method: 'GET', url, headers: { accept: '*/*' }, timeoutMs, bytesMax }).catch(
      (fault: unknown) => {
        if (!(fault instanceof HttpFault)) throw fault;
        if (fault.code === 'forbidden') return refuse('the address is private or reserved; use a public one');
        return unavailable(fault.code);
      },
    );
    checkAnswer(answer, bytesMax);
    return { contentBase64: answer.bytes.toString('base64') };
  };
}
