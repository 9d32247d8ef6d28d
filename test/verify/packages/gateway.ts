import { httpServer, type Loopback } from '../../adapters/node/loopback.ts';
import { httpEvent } from '../../lambdas/invocations.ts';
import type { Deployment } from './deployment.ts';
import { until } from './until.ts';

export interface Gateway extends Loopback {
  /** Nobody reaches the deployment. */
  isDown: boolean;
  /** Once every call has its answer: one that is under way while the clock is put forward is out of time. */
  settled(): Promise<void>;
}

interface LambdaAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

const text = (body: string) => (body === '' ? {} : { body: JSON.parse(body) });

/** The HTTP API before the packaged `api`: an address that anybody may call. */
export async function startGateway(deployment: Deployment): Promise<Gateway> {
  const state = { isDown: false };
  let underWay = 0;
  const server = await httpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (state.isDown) return void response.destroy();
    const { method = 'GET', url: path = '/', headers } = request;
    const token = headers.authorization?.replace(/^Bearer /, '');
    const key = headers['idempotency-key']?.toString();
    const call = {
      method,
      path,
      ...(token === undefined ? {} : { token }),
      ...(key === undefined ? {} : { key }),
      ...text(Buffer.concat(chunks).toString()),
    };
    underWay += 1;
    const outcome = await deployment.invoke('api', httpEvent(call)).finally(() => {
      underWay -= 1;
    });
    if (outcome.kind !== 'response') return void response.writeHead(502).end();
    const { statusCode, headers: given = {}, body = '', isBase64Encoded } = outcome.value as LambdaAnswer;
    response.writeHead(statusCode, given).end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
  });
  const settled = async () => await until('the api has answered every call', () => underWay === 0);
  return Object.assign(state, { ...server, settled, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() });
}
