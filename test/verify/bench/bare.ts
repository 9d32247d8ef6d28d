import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { HttpRequest } from '../../../shared/ports.ts';

/** The tests' certificate names a host that no DNS knows. */
const loopback: LookupFunction = (_name, options, found) => {
  if (options.all) found(null, [{ address: '127.0.0.1', family: 4 }]);
  else found(null, '127.0.0.1', 4);
};

/** GET and read the text, with nothing around it: the least that anybody who asks the same must do. */
export function bareHttp(): (request: HttpRequest) => Promise<string> {
  const agents = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) };
  return ({ url, headers }) =>
    new Promise((resolve, reject) => {
      const isPlain = url.startsWith('http:');
      const agent = agents[isPlain ? 'http:' : 'https:'];
      const client = isPlain ? http : https;
      const sent = client.get(url, { headers, agent, lookup: loopback }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () => resolve(Buffer.concat(chunks).toString()));
        answer.once('error', reject);
      });
      sent.once('error', reject);
    });
}
