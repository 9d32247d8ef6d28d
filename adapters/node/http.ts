import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { type Http, HttpFault, type HttpRequest, type HttpResponse } from '../../shared/ports.ts';
import { callableUrl, guardedLookup, type Resolve } from './address-guard.ts';
import { codeOf, faultWord } from './fault-word.ts';
import { unpacked } from './unpack.ts';

export interface NodeHttpOptions {
  /** Loopback and private networks may be called, and over plain http. On one machine only. */
  readonly allowPrivate: boolean;
  /** Replaces DNS in tests. */
  readonly resolve?: Resolve;
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

/** Reads to the end or to the cap, whichever comes first. The bytes are taken as they are. */
function readBody(answer: IncomingMessage, bytesMax: number): Promise<{ bytes: Buffer; truncated: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let count = 0;
    const finish = (truncated: boolean) => {
      resolve({ bytes: Buffer.concat(chunks).subarray(0, bytesMax), truncated });
    };
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      count += chunk.length;
      if (count <= bytesMax) return;
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
function open(request: HttpRequest, url: URL, agents: Agents, options: RawHttpOptions, signal: AbortSignal) {
  const plain = url.protocol === 'http:';
  const settings = {
    method: request.method,
    headers: { ...request.headers, 'accept-encoding': request.method === 'GET' ? options.accepts : 'identity' },
    lookup: guardedLookup({ allowPrivate: options.allowPrivate, plain }, options.resolve),
    signal,
  };
  const reads = request.method === 'GET';
  if (plain) return http.request(url, { ...settings, agent: reads ? agents.http : false });
  return https.request(url, { ...settings, agent: reads ? agents.https : false });
}

export interface RawHttpOptions extends NodeHttpOptions {
  /** How the answer to a read may come packed. Other answers are short. */
  readonly accepts: 'gzip' | 'identity';
}

/** {@link HttpResponse} with the body as it came. */
export interface RawResponse extends Omit<HttpResponse, 'body'> {
  readonly bytes: Buffer;
}

const isWell = (status: number) => status >= 200 && status < 300;

/**
 * The answer of which the status decides, with what came of its body in the time it has. The rest is read and forgotten
 * within the request's own deadline, so that the receiver is not cut off in the middle; no process waits for that.
 */
async function decided(answer: IncomingMessage, { bytesMax, statusDecides }: HttpRequest): Promise<RawResponse> {
  const head = { status: answer.statusCode ?? 0, headers: flatten(answer.headers) };
  const nothing = { bytes: Buffer.alloc(0), truncated: false };
  const body = readBody(answer, bytesMax).catch(() => nothing);
  const waitMs = isWell(head.status) ? 0 : (statusDecides?.bodyWaitMs ?? 0);
  const { bytes } = waitMs === 0 ? nothing : await Promise.race([body, wait(waitMs, nothing, { ref: false })]);
  answer.socket.unref();
  return { ...head, bytes };
}

function answerOf(sent: ClientRequest, request: HttpRequest): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    let answered = false;
    sent.once('response', (answer: IncomingMessage) => {
      answered = true;
      if (request.statusDecides) return void decided(answer, request).then(resolve, reject);
      readBody(answer, request.bytesMax).then(({ bytes, truncated }) => {
        const whole = { status: answer.statusCode ?? 0, headers: flatten(answer.headers), bytes };
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

/** The same promise as {@link Http}, for answers that are not text. */
export function nodeRawHttp(options: RawHttpOptions): (request: HttpRequest) => Promise<RawResponse> {
  const agents: Agents = {
    http: new http.Agent({ keepAlive: true }),
    https: new https.Agent({ keepAlive: true }),
  };
  return async (request) => {
    const url = callableUrl(request.url, options);
    if (typeof url === 'string') throw new HttpFault('forbidden', false);
    const giveUpAt = Date.now() + request.timeoutMs;
    const signal = AbortSignal.timeout(request.timeoutMs);
    let bytesLeft = () => false;
    try {
      const sent = open(request, url, agents, options, signal);
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
      throw new HttpFault(signal.aborted ? 'timeout' : faultWord(codeOf(error)), bytesLeft());
    }
  };
}

/** As text. What cannot be unpacked is no text, and says so. */
function textOf({ bytes, ...answer }: RawResponse, bytesMax: number): HttpResponse {
  const body = unpacked(bytes, answer.headers['content-encoding'], bytesMax);
  if ('bytes' in body) return { ...answer, body: body.bytes.toString('utf8') };
  // Half of a packed body cannot be unpacked to its end.
  if (answer.truncated || body.problem === 'too long') return { ...answer, body: '', truncated: true };
  return { ...answer, body: '', packed: body.problem };
}

/**
 * The {@link Http} port over node:https, which the AWS SDK has loaded already. Reads ask for gzip: a list of threads shrinks to a fifth,
 * which saves more in packets to acknowledge than unpacking costs in time.
 */
export function nodeHttp(options: NodeHttpOptions): Http {
  const exchange = nodeRawHttp({ ...options, accepts: 'gzip' });
  return async (request) => textOf(await exchange(request), request.bytesMax);
}
