import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Random } from '../../../shared/ports.ts';

export interface Receipt {
  readonly webhookId: string;
  readonly type: string;
  readonly message: string;
}

export interface Receiver {
  readonly url: string;
  /** Everything that arrived with a good signature, whether it was acknowledged or not. */
  readonly receipts: readonly Receipt[];
  readonly badSignatures: () => number;
  heal(): void;
  stop(): void;
}

/** A webhook endpoint that refuses some requests, and takes others without ever answering. */
export async function startReceiver(
  secret: string,
  random: Random,
  refuseRate: number,
  silentRate: number,
): Promise<Receiver> {
  const verifier = new Webhook(secret);
  const receipts: Receipt[] = [];
  let bad = 0;
  let healthy = false;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const dice = healthy ? 1 : random();
      if (dice < refuseRate) {
        response.writeHead(503).end();
        return;
      }
      try {
        const event = verifier.verify(Buffer.concat(chunks).toString(), request.headers as Record<string, string>) as {
          type: string;
          data: { message?: { id: string } };
        };
        const webhookId = String(request.headers['webhook-id']);
        receipts.push({ webhookId, type: event.type, message: event.data.message?.id ?? '' });
      } catch {
        bad += 1;
      }
      if (dice < refuseRate + silentRate) request.socket.destroy();
      else response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    receipts,
    badSignatures: () => bad,
    heal: () => {
      healthy = true;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
