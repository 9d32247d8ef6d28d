import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { respond } from '../shared/api/app.ts';
import type { ApiHost } from '../shared/api/deps.ts';
import { ApiProblem, problemResponse } from '../shared/api/problem.ts';
import { UserError } from '../shared/failure.ts';
import { answerBrokenRequests } from './broken-requests.ts';

const HOST = '127.0.0.1';
/** For a whole request with its files; a machine's own loopback is quick. */
const REQUEST_MS = 120_000;

export interface ApiServer {
  readonly address: string;
  close(): Promise<void>;
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be opened (${error.code ?? 'no code'})`;
      reject(new UserError(`Port ${port} of this machine ${why}; choose another with --port.`, 1));
    });
    server.listen(port, HOST, () => {
      const address = server.address();
      resolve(`http://${HOST}:${typeof address === 'object' && address ? address.port : port}`);
    });
  });
}

/** What is no request at all, such as one without a host. */
const unanswerable = () => problemResponse(new ApiProblem('invalid', 'This is not a request that can be answered.'));

/** The API over loopback HTTP. */
export async function startApiServer(port: number, host: ApiHost): Promise<ApiServer> {
  const listener = getRequestListener((request) => respond(request, host), {
    // A body that comes in pieces is counted in a Request made anew, which the light one must be able to become.
    overrideGlobalObjects: true,
    errorHandler: unanswerable,
  });
  // One without a host is answered by us too.
  const options = { requestTimeout: REQUEST_MS, requireHostHeader: false };
  const server = createServer(options, (request, response) => {
    listener(request, response).catch(() => response.destroy());
  });
  answerBrokenRequests(server);
  const address = await listen(server, port);
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
