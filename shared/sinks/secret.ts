const PREFIX = 'whsec_';
const BYTES_MIN = 24;
const BYTES_MAX = 64;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The sentence that says what is wrong with a webhook secret, or nothing. Never quotes it. */
export function checkSecret(secret: string): string | undefined {
  if (!secret.startsWith(PREFIX)) return 'A webhook secret starts with whsec_; write it as whsec_ and base64.';
  const encoded = secret.slice(PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  if (!BASE64.test(encoded) || bytes.toString('base64') !== encoded) {
    return 'A webhook secret is whsec_ followed by padded base64; create one with: openssl rand -base64 32.';
  }
  if (bytes.length >= BYTES_MIN && bytes.length <= BYTES_MAX) return undefined;
  return `A webhook secret has ${BYTES_MIN} to ${BYTES_MAX} bytes; create one with: openssl rand -base64 32.`;
}

/** What a secret in its right form signs with. */
export const secretBytes = (secret: string): Buffer => Buffer.from(secret.slice(PREFIX.length), 'base64');
