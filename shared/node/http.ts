import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type Http, HttpFault, type HttpRequest, type HttpResponse } from '../ports.ts';
import { checkUrl, guardedLookup, type Resolve } from './address-guard.ts';

export interface NodeHttpOptions {
  /** Loopback and private networks may be called, and over plain http. On one machine only. */
  readonly allowPrivate: boolean;
  /** Replaces DNS in tests. */
  readonly resolve?: Resolve;
}

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

function word(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('HPE_')) return 'http';
  return TLS_CODES.test(code) ? 'tls' : (WORDS[code] ?? 'network');
}

/**
 * Whether a byte of the request may have left. Until a connection stands (for https: until TLS does) nothing has, though
 * the socket already counts what waits in its buffer; from then on the socket's own count decides.
 */
function watchBytes(request: ClientRequest, onStanding: () => void): () => boolean {
  let socket: Socket | undefined;
  let before = 0;
  let standing = false;
  request.once('socket', (given: Socket) => {
    socket = given;
    standing = request.reusedSocket;
    before = standing ? given.bytesWritten : 0;
    if (standing) return;
    given.once(given instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      standing = true;
      onStanding();
    });
  });
  return () => standing && (socket?.bytesWritten ?? 0) > before;
}

function flatten(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

/** Reads to the end or to the cap, whichever comes first. The bytes are taken as they are: nothing is ever unpacked. */
function readBody(answer: IncomingMessage, bytesMax: number): Promise<{ body: string; truncated: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (truncated: boolean) => {
      resolve({ body: Buffer.concat(chunks).subarray(0, bytesMax).toString('utf8'), truncated });
    };
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= bytesMax) return;
      finish(true);
      answer.destroy();
    });
    answer.once('end', () => finish(false));
    answer.once('error', reject);
    answer.once('close', () => reject(new Error('cut')));
  });
}

interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/** Reads share connections; a write gets one of its own, so that a stale one can never make it doubtful. */
function open(request: HttpRequest, url: URL, agents: Agents, options: NodeHttpOptions, signal: AbortSignal) {
  const plain = url.protocol === 'http:';
  const settings = {
    method: request.method,
    headers: { ...request.headers, 'accept-encoding': 'identity' },
    lookup: guardedLookup({ allowPrivate: options.allowPrivate, plain }, options.resolve),
    signal,
  };
  const reads = request.method === 'GET';
  if (plain) return http.request(url, { ...settings, agent: reads ? agents.http : false });
  return https.request(url, { ...settings, agent: reads ? agents.https : false });
}

function answerOf(sent: ClientRequest, { bytesMax }: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let answered = false;
    sent.once('response', (answer: IncomingMessage) => {
      answered = true;
      readBody(answer, bytesMax).then(({ body, truncated }) => {
        const whole = { status: answer.statusCode ?? 0, headers: flatten(answer.headers), body };
        resolve(truncated ? { ...whole, truncated } : whole);
      }, reject);
    });
    sent.on('error', reject);
    // A connection that closes without an answer, such as an upgrade nobody asked for.
    sent.once('close', () => {
      if (!answered) reject(new Error('closed'));
    });
  });
}

/** The {@link Http} port over node:https, which the AWS SDK has loaded already. */
export function nodeHttp(options: NodeHttpOptions): Http {
  const agents: Agents = {
    http: new http.Agent({ keepAlive: true }),
    https: new https.Agent({ keepAlive: true }),
  };
  return async (request) => {
    if (checkUrl(request.url, options)) throw new HttpFault('forbidden', false);
    const giveUpAt = Date.now() + request.timeoutMs;
    const signal = AbortSignal.timeout(request.timeoutMs);
    let bytesLeft = () => false;
    try {
      const sent = open(request, new URL(request.url), agents, options, signal);
      const isRead = request.method === 'GET';
      bytesLeft = watchBytes(sent, () => {
        if (isRead) return;
        // A process that was frozen while it connected must not write a mail hours later: timers may not know of the time.
        if (Date.now() < giveUpAt) sent.end(request.body);
        else sent.destroy(Object.assign(new Error('too late'), { code: 'ABORT_ERR' }));
      });
      const answer = answerOf(sent, request);
      if (isRead) sent.end(request.body);
      return await answer;
    } catch (error) {
      throw new HttpFault(signal.aborted ? 'timeout' : word(error), bytesLeft());
    }
  };
}
