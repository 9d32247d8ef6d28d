import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../shared/failure.ts';
import type { HttpResponse } from '../shared/ports.ts';
import { control } from './control.ts';
import type { SandboxRequest, Scene } from './exchange.ts';
import { answerUnder, drawFault, firstHalf } from './faults.ts';
import { Lively } from './lively.ts';
import { seededRandom } from './seeded.ts';
import { createSwitches, type Switches, type Vendor } from './switches.ts';
import { createVendors } from './vendors.ts';
import { createWorld, type World } from './world.ts';
import { loadWorld, WorldFile } from './world-file.ts';

const HOST = '127.0.0.1';
/** Above what five attachments of 10 MB in all take as base64. */
const BODY_BYTES_MAX = 20 * 1024 * 1024;
/** Soon: whoever starts the demo is to see one before they wonder. */
const FIRST_REPLY_MS = 500;

const BASES = {
  cohesive: '/cohesive/api',
  coldsend: '/coldsend/api/public/v1',
} as const satisfies Record<Vendor, string>;

export interface SandboxOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly seed: number;
  /** Campaigns, old conversations, and a new reply every few seconds. */
  readonly lively: boolean;
  /** Where the world is kept; in memory only without it. */
  readonly dataFile?: string;
  readonly switches?: Partial<Switches>;
}

export interface RunningSandbox {
  readonly urls: { readonly cohesive: string; readonly coldsend: string; readonly control: string };
  readonly world: World;
  readonly switches: Switches;
  stop(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error('The body is too long for the sandbox.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function below(base: string, url: string): Pick<SandboxRequest, 'path' | 'query'> | undefined {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  if (path !== base && !path.startsWith(`${base}/`)) return undefined;
  return { path: path.slice(base.length), query: mark < 0 ? '' : url.slice(mark + 1) };
}

const singleHeaders = (request: IncomingMessage) =>
  Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]));

function write(response: ServerResponse, { status, headers, body }: HttpResponse): void {
  // Node would add one of its own.
  response.sendDate = 'date' in headers;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Promises the whole body, sends half, and breaks the connection. */
function writeHalf(response: ServerResponse, { status, headers, body }: HttpResponse): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.write(firstHalf(body), () => response.destroy());
}

/** One vendor's side of the server. `changed` runs before an answer leaves: what was told is on disk. */
function createVendorSide(scene: Scene, changed: () => void) {
  const handle = createVendors(scene);
  return async (vendor: Vendor, asked: SandboxRequest, response: ServerResponse): Promise<void> => {
    const { latencyMs } = scene.switches;
    const fault = drawFault(scene, asked);
    // Left open until the caller gives up.
    if (fault === 'timeout') return;
    if (latencyMs > 0) await sleep(latencyMs);
    if (fault === 'refused' || fault === 'reset-before') {
      response.socket?.resetAndDestroy();
      return;
    }
    const answer = answerUnder(fault, scene, vendor, () => handle(vendor, asked));
    changed();
    if (fault === 'reset-after') response.socket?.resetAndDestroy();
    else if (fault === 'truncated') writeHalf(response, answer);
    else write(response, answer);
  };
}

function createListener(scene: Scene, changed: () => void) {
  const vendorSide = createVendorSide(scene, changed);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/' } = request;
    const common = { method, headers: singleHeaders(request), body: await readBody(request) };
    for (const vendor of ['cohesive', 'coldsend'] as const) {
      const target = below(BASES[vendor], url);
      if (target) return await vendorSide(vendor, { ...common, ...target }, response);
    }
    const target = below('/control', url);
    const answer = target
      ? control(scene.world, scene.switches, { ...common, ...target })
      : { status: 404, body: { error: `Nothing here; ${BASES.cohesive}, ${BASES.coldsend} and /control are.` } };
    changed();
    const headers = { 'content-type': 'application/json' };
    write(response, { status: answer.status, headers, body: `${JSON.stringify(answer.body, null, 2)}\n` });
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is taken' : 'cannot be opened';
      reject(new UserError(`Port ${port} of this machine ${why}; choose another with --port.`, 1));
    });
    server.listen(port, HOST, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** Replies go on arriving until the returned function is called. */
function keepAlive(lively: Lively, changed: () => void): () => void {
  const then = (work: () => void) => () => {
    work();
    changed();
    timer = setTimeout(
      then(() => lively.step()),
      lively.pause(),
    );
  };
  let timer = setTimeout(
    then(() => lively.first()),
    FIRST_REPLY_MS,
  );
  return () => clearTimeout(timer);
}

/** Both vendors on loopback, under `/cohesive/api` and `/coldsend/api/public/v1`, and `/control` to move them. */
export async function startSandbox(options: SandboxOptions): Promise<RunningSandbox> {
  const { port, seed, lively, dataFile } = options;
  const saved = dataFile === undefined ? undefined : loadWorld(dataFile);
  const world = createWorld({ seed, now: Date.now, ...(saved ? { saved } : {}) });
  const switches = createSwitches(options.switches);
  const file = dataFile === undefined ? undefined : new WorldFile(dataFile, world);
  const changed = () => file?.saveIfChanged();
  const scene: Scene = { world, switches, random: seededRandom(seed) };
  const listener = createListener(scene, changed);
  const server = createServer((request, response) => {
    listener(request, response).catch(() => response.destroy());
  });
  const resident = lively ? new Lively(world, seededRandom(seed + world.threads.size)) : undefined;
  resident?.begin();
  // Before anybody can call: a file that cannot be written is found out now.
  changed();
  const opened = await listen(server, port);
  const calm = resident ? keepAlive(resident, changed) : () => {};
  const origin = `http://${HOST}:${opened}`;
  return {
    urls: {
      cohesive: `${origin}${BASES.cohesive}`,
      coldsend: `${origin}${BASES.coldsend}`,
      control: `${origin}/control`,
    },
    world,
    switches,
    stop: () => {
      calm();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
