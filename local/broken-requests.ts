import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiProblem, problemOf } from '../shared/api/problem.ts';

/** By the code of the error that node:http makes of it; of everything else nothing better is known than that it is no request. */
const PROBLEMS: Readonly<Record<string, ApiProblem>> = {
  HPE_HEADER_OVERFLOW: new ApiProblem('headers-too-long', 'The headers take more than 16 KB together; shorten them.'),
  ERR_HTTP_REQUEST_TIMEOUT: new ApiProblem('too-slow', 'The request did not come to its end in time; send it again.'),
};
const NO_REQUEST = new ApiProblem('invalid', 'This is not a request that can be answered; send it as HTTP/1.1.');
const EXPECTATION = new ApiProblem('expectation', 'No expectation but "100-continue" can be met; leave "Expect" out.');

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string;
}

function answerOf(problem: ApiProblem): Answer {
  const document = problemOf(problem);
  const body = JSON.stringify(document);
  const headers = {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    connection: 'close',
  };
  return { status: document.status, headers, body };
}

/** As it goes over the wire, where there is no request that could be answered. */
function written({ status, headers, body }: Answer): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n');
}

const hasBegun = (response: ServerResponse | undefined): boolean =>
  response?.headersSent === true && !response.writableFinished;

/** Has what is no request answered as every other failure is, where node:http would answer without a word. */
export function answerBrokenRequests(server: Server): void {
  const answering = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => answering.set(request.socket, response));
  server.on('checkExpectation', (_, response: ServerResponse) => {
    const { status, headers, body } = answerOf(EXPECTATION);
    response.writeHead(status, headers).end(body);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Half of an answer is no place for another.
    if (!socket.writable || hasBegun(answering.get(socket))) socket.destroy(error);
    else socket.end(written(answerOf(PROBLEMS[error.code ?? ''] ?? NO_REQUEST)));
  });
}
