import { retryAfterHeader } from '../http/retry-after.ts';
import type { Instant } from '../model.ts';
import type { Outcome } from '../outbox/sink.ts';
import { type Http, HttpFault, type HttpRequest, type HttpResponse } from '../ports.ts';

const TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 16 * 1_024;
const MAY_ASK_TO_WAIT = new Set([429, 503]);

/** What the status says, wherever it comes from: 2xx took it, 410 wants nothing any more, everything else is tried again. */
export function outcomeOfStatus({ status, headers }: Pick<HttpResponse, 'status' | 'headers'>, now: Instant): Outcome {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 410) return { kind: 'disable', error: 'HTTP 410' };
  // Elsewhere would get what is signed for here.
  const isRedirect = status >= 300 && status < 400;
  const error = isRedirect ? `HTTP ${status}, and a redirect is never followed` : `HTTP ${status}`;
  const asked = MAY_ASK_TO_WAIT.has(status) ? retryAfterHeader(headers, now) : undefined;
  return asked === undefined ? { kind: 'retry', error } : { kind: 'retry', error, afterMs: asked };
}

/** Posts once. The status decides as soon as it is there, whatever the body does after it. */
export async function postOutcome(
  http: Http,
  request: Pick<HttpRequest, 'url' | 'headers' | 'body'> & { readonly bodyWaitMs?: number },
  outcomeOf: (response: HttpResponse) => Outcome,
): Promise<Outcome> {
  const { bodyWaitMs = 0, ...rest } = request;
  const limits = { timeoutMs: TIMEOUT_MS, bytesMax: ANSWER_BYTES_MAX, statusDecides: { bodyWaitMs } };
  try {
    return outcomeOf(await http({ method: 'POST', ...rest, ...limits }));
  } catch (error) {
    return { kind: 'retry', error: error instanceof HttpFault ? error.code : 'failed' };
  }
}
