/** Node's and OpenSSL's codes, as short words. What is not listed is `network`. */
const WORDS: Readonly<Record<string, string>> = {
  ABORT_ERR: 'timeout',
  ETIMEDOUT: 'timeout',
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  FORBIDDEN: 'forbidden',
  EPROTO: 'tls',
};
const TLS_CODES = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|HOSTNAME_)/;

export const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

export function faultWord(code: string): string {
  if (code.startsWith('HPE_')) return 'http';
  return TLS_CODES.test(code) ? 'tls' : (WORDS[code] ?? 'network');
}
