import { describe, expect, it } from 'vitest';
import { startApiServer } from '../../local/api-server.ts';
import { apiWorld, OWN_TOKEN } from '../api/world.ts';

/** As a program that does not know the length beforehand sends it. */
async function post(address: string, path: string, pieces: readonly string[]): Promise<Response> {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const headers = { authorization: `Bearer ${OWN_TOKEN}`, 'content-type': 'application/json' };
  return await fetch(`${address}${path}`, { method: 'POST', headers, body, duplex: 'half' });
}

describe('the API over a real connection', () => {
  it('takes a body that comes in pieces without a length, and refuses one that never ends', async () => {
    const world = apiWorld();
    const server = await startApiServer(0, world.host);
    try {
      const path = `${await world.thread('sales')}/reply`;
      const taken = await post(server.address, path, ['{"text":', '"Tuesday at ten."}']);
      expect(taken.status).toBe(202);
      const refused = await post(server.address, path, Array(20).fill(' '.repeat(1_000_000)));
      expect(refused.status).toBe(413);
    } finally {
      await server.close();
    }
  });

  it('answers a DELETE', async () => {
    const world = apiWorld();
    const server = await startApiServer(0, world.host);
    try {
      const headers = { authorization: `Bearer ${OWN_TOKEN}` };
      const gone = await fetch(`${server.address}/v1/sends/snd_none`, { method: 'DELETE', headers });
      expect(gone.status).toBe(404);
    } finally {
      await server.close();
    }
  });
});
