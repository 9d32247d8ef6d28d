import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';

const HOST = '127.0.0.1';
const MAIL_BYTES_MAX = 40 * 1024 * 1024;
const END = '\r\n.\r\n';

export interface DemoMailServer {
  /** What the config says under "smtp". */
  readonly url: string;
  /** Where each mail it took lies, as a file. */
  readonly folder: string;
  stop(): Promise<void>;
}

type Keep = (mail: string) => Promise<void>;

/** One caller. Takes any sender and recipient; latin1 keeps every byte as it came. */
class Caller {
  readonly #socket: Socket;
  readonly #keep: Keep;
  #text = '';
  #isMail = false;

  constructor(socket: Socket, keep: Keep) {
    this.#socket = socket;
    this.#keep = keep;
    socket.setEncoding('latin1').on('error', () => socket.destroy());
    socket.on('data', (text: string) => {
      this.#text += text;
      if (this.#text.length > MAIL_BYTES_MAX) socket.destroy();
      else this.#read();
    });
    this.#say('220 demo');
  }

  #say(line: string): void {
    this.#socket.write(`${line}\r\n`);
  }

  #read(): void {
    for (;;) {
      const end = this.#isMail ? END : '\r\n';
      const at = this.#text.indexOf(end);
      if (at < 0) return;
      const part = this.#text.slice(0, at);
      this.#text = this.#text.slice(at + end.length);
      if (this.#isMail) this.#take(part);
      else this.#obey(part);
    }
  }

  #take(mail: string): void {
    this.#isMail = false;
    this.#keep(`${mail.replace(/^\.\./gm, '.')}\r\n`).then(
      () => this.#say('250 taken'),
      () => this.#say('451 the disk is full'),
    );
  }

  #obey(line: string): void {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'DATA') {
      this.#isMail = true;
      this.#say('354 go on');
    } else if (verb === 'QUIT') this.#socket.end('221 bye\r\n');
    else this.#say(['EHLO', 'HELO', 'MAIL', 'RCPT', 'RSET', 'NOOP'].includes(verb) ? '250 ok' : '502 not here');
  }
}

/** A mail server for the demo: mails end up as files, and nowhere else. */
export async function startDemoMailServer(dataDir: string): Promise<DemoMailServer> {
  const folder = join(dataDir, 'mail');
  let count = 0;
  const keep: Keep = async (mail) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    count += 1;
    await writeFile(join(folder, `${Date.now()}-${count}.eml`), mail, { encoding: 'latin1', mode: 0o600 });
  };
  const callers = new Set<Socket>();
  const server = createServer((socket) => {
    callers.add(socket);
    socket.once('close', () => callers.delete(socket));
    new Caller(socket, keep);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
  const address = server.address();
  return {
    url: `smtp://${HOST}:${typeof address === 'object' && address ? address.port : 0}`,
    folder,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of callers) socket.destroy();
      }),
  };
}
