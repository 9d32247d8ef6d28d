import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';

/** Of our own: what the environment says of proxies holds for Node's global one, and for `fetch`. */
const agent = new Agent();

function responseOf(incoming: IncomingMessage): Response {
  const { statusCode: status = 502, headers } = incoming;
  const named = Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []));
  const chunks: ReadableStream<Uint8Array> = ReadableStream.from(incoming);
  return new Response(status === 204 || status === 304 ? null : chunks, {
    status,
    headers: Object.fromEntries(named),
  });
}

/** `fetch` to a server of this machine: never through a proxy, never to where a redirect points. */
export async function overLoopback(request: Request): Promise<Response> {
  const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
  return await new Promise((resolve, reject) => {
    const { url, method, signal, headers } = request;
    // Node says of a DELETE's body nothing by itself, and the server would take it for another request.
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const options = { method, signal, agent, headers: { ...Object.fromEntries(headers), ...length } };
    const outgoing = httpRequest(url, options, (incoming) => resolve(responseOf(incoming)));
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
