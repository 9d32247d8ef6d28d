import { createHmac } from 'node:crypto';
import * as z from 'zod/mini';
import { CALLED_URL, text } from '../fields.ts';
import { defineSink } from './define-sink.ts';
import { outcomeOfStatus, postOutcome } from './http-outcome.ts';
import { checkSecret, secretBytes } from './secret.ts';

/** The receiver accepts whichever of two it knows, while they are rotated. Source: the Standard Webhooks specification. */
export function signatures(id: string, seconds: number, body: string, secrets: readonly string[]): string {
  const signed = `${id}.${seconds}.${body}`;
  const sign = (secret: string) => createHmac('sha256', secretBytes(secret)).update(signed).digest('base64');
  return secrets.map((secret) => `v1,${sign(secret)}`).join(' ');
}

/** `now` is ours; receivers allow five minutes of difference. */
function signedHeaders(id: string, body: string, secrets: readonly string[], now: number) {
  const seconds = Math.floor(now / 1_000);
  return {
    'content-type': 'application/json',
    'user-agent': 'Replybus',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures(id, seconds, body, secrets),
  };
}

/** While they are rotated. */
const Rotated = z
  .tuple([text(), text()], 'must be one secret, or two while you rotate them, as ["new", "old"]')
  .check(z.meta({ uniqueItems: true }));

export const webhook = defineSink({
  type: 'webhook',
  summary: 'a signed POST to your own URL, as Standard Webhooks say',
  fields: { url: text(CALLED_URL), secret: z.union([text(), Rotated]) },
  says: {
    url: 'where to post; https',
    secret: '`env:` or `ssm:` of a `whsec_…`; two of them, `["new", "old"]`, while you rotate',
  },
  urls: ({ url }) => [{ field: 'url', url }],
  secrets: ({ secret }) => [secret].flat().map((each) => ({ field: 'secret', text: each, check: checkSecret })),
  open: ({ id: sink, settings: { url }, secrets }, { http, clock }) => ({
    async deliver(id, event) {
      const body = JSON.stringify(event);
      const headers = signedHeaders(id, body, secrets, clock.now());
      return await postOutcome(http, { url, headers, body }, (response) => outcomeOfStatus(response, clock.now()));
    },
    check: async () => ({
      state: 'ok',
      detail: `Its URL and secret have the right form; try it with "replybus sinks test ${sink}".`,
    }),
  }),
});
