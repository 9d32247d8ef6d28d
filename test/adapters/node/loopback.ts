import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface Loopback extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

async function listen(server: Server, sockets: Set<Socket>): Promise<Loopback> {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function remember(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  return sockets;
}

export function httpServer(handle: RequestListener): Promise<Loopback> {
  const server = createHttpServer(handle);
  return listen(server, remember(server));
}

export function tcpServer(handle: (socket: Socket) => void): Promise<Loopback> {
  const server = createServer(handle);
  return listen(server, remember(server));
}
