import { createHmac, timingSafeEqual } from 'node:crypto';

const PREFIX = 'whsec_';

export interface Signed {
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it came, not as it reads. */
  readonly content: string;
}

/** Zapier passes headers on under names of its own: `Http-Webhook-Id` for `webhook-id`. */
export function headerOf(headers: Readonly<Record<string, string>>, wanted: string): string | undefined {
  const name = Object.keys(headers).find((each) => each.toLowerCase().replace(/^http-/, '') === wanted);
  return name === undefined ? undefined : headers[name];
}

/**
 * Whether a call was signed with this secret, by the Standard Webhooks specification. Its time is part of what is signed and
 * compared with no clock: Zapier may run a call long after it took it.
 */
export function isSigned({ headers, content }: Signed, secret: string): boolean {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(headers, name),
  );
  if (!id || !timestamp || !signatures || !secret.startsWith(PREFIX)) return false;
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  if (key.length === 0) return false;
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.${content}`).digest();
  return signatures.split(' ').some((signature) => {
    const [version, given = ''] = signature.split(',');
    const bytes = Buffer.from(given, 'base64');
    return version === 'v1' && bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
  });
}
