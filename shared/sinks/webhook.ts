import { Webhook } from 'standardwebhooks';
import type { Event } from '../events/event.ts';
import { retryAfterHeader } from '../http/retry-after.ts';
import type { Outcome, Sink } from '../outbox/sink.ts';
import { type Clock, type Http, HttpFault, type HttpResponse } from '../ports.ts';
import { accepts, type SinkFilter } from './filter.ts';

const TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 16 * 1_024;
const MAY_ASK_TO_WAIT = new Set([429, 503]);

export interface WebhookSettings {
  readonly id: string;
  readonly url: string;
  /** One, or the new and the old one while rotating: the receiver accepts whichever it knows. */
  readonly secrets: readonly [string, string?];
  readonly filter: SinkFilter;
}

/** Source: the Standard Webhooks specification. `now` is ours; receivers allow five minutes of difference. */
function signedHeaders(id: string, body: string, secrets: readonly (string | undefined)[], now: number) {
  const live = secrets.filter((secret) => secret !== undefined);
  return {
    'content-type': 'application/json',
    'user-agent': 'Replybus',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1_000)),
    'webhook-signature': live.map((secret) => new Webhook(secret).sign(id, new Date(now), body)).join(' '),
  };
}

function outcomeOf({ status, headers }: HttpResponse, now: number): Outcome {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const error = `HTTP ${status}`;
  if (status === 410) return { kind: 'disable', error };
  const asked = MAY_ASK_TO_WAIT.has(status) ? retryAfterHeader(headers, now) : undefined;
  return asked === undefined ? { kind: 'retry', error } : { kind: 'retry', error, afterMs: asked };
}

export function webhookSink(
  { id, url, secrets, filter }: WebhookSettings,
  { http, clock }: { readonly http: Http; readonly clock: Clock },
): Sink {
  return {
    id,
    type: 'webhook',
    actsOnOld: true,
    accepts: (event) => accepts(filter, event),
    async deliver(eventId: string, event: Event) {
      const body = JSON.stringify(event);
      const headers = signedHeaders(eventId, body, secrets, clock.now());
      try {
        const limits = { timeoutMs: TIMEOUT_MS, bytesMax: ANSWER_BYTES_MAX };
        return outcomeOf(await http({ method: 'POST', url, headers, body, ...limits }), clock.now());
      } catch (error) {
        return { kind: 'retry', error: error instanceof HttpFault ? error.code : 'failed' };
      }
    },
  };
}
