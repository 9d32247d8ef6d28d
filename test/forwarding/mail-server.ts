import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { type Loopback, tcpServer } from '../adapters/node/loopback.ts';

export interface Taken {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly bytes: Buffer;
  readonly user?: string;
  readonly secure: boolean;
}

export interface MailServer extends Loopback {
  readonly taken: readonly Taken[];
}

/** A real SMTP server that takes mail for everybody but those whose address starts with `no-`. */
export async function mailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const taken: Taken[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo({ address }, _session, done) {
      if (!address.startsWith('no-')) return done();
      done(Object.assign(new Error(`<${address}> is nobody here`), { responseCode: 550 }));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const user = typeof session.user === 'string' ? { user: session.user } : {};
        const from = mailFrom === false ? '' : mailFrom.address;
        const recipients = rcptTo.map(({ address }) => address);
        taken.push({ from, recipients, bytes: Buffer.concat(chunks), secure: session.secure, ...user });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()));
  const { port } = server.server.address() as AddressInfo;
  return {
    taken,
    port,
    url: `smtp://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(() => closed())),
  };
}

/** Lines a server answers with, or what it does instead. */
type Answer = string | ((socket: Socket) => void);

export interface Script {
  readonly greeting?: Answer;
  /** By the first word of the command; what is not named is answered 250. */
  readonly commands?: Readonly<Record<string, Answer>>;
  /** Once this many bytes of the mail have come. */
  readonly during?: { readonly bytes: number; readonly answer: Answer };
  /** Once the dot has come. */
  readonly end?: Answer;
}

export interface ScriptedServer extends Loopback {
  readonly commands: readonly string[];
  /** Mails of which the end was seen. */
  readonly ended: () => number;
}

/** A mail server that says what it is told to, for what a real one hardly ever says. */
export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const commands: string[] = [];
  let ended = 0;
  const answer = (socket: Socket, with_: Answer) => {
    if (typeof with_ === 'function') with_(socket);
    else socket.write(`${with_}\r\n`);
  };
  const server = await tcpServer((socket) => {
    let text = '';
    let mail: string | undefined;
    let told = false;
    const takeMail = (chunk: string) => {
      mail = `${mail ?? ''}${chunk}`;
      if (script.during && !told && mail.length >= script.during.bytes) {
        told = true;
        answer(socket, script.during.answer);
      }
      // Nothing but the dot: a mail without recipients, ended without a word.
      const isEmpty = mail === '.\r\n';
      if (!isEmpty && !mail.endsWith('\r\n.\r\n')) return;
      mail = undefined;
      if (!isEmpty) ended += 1;
      answer(socket, script.end ?? '250 taken');
    };
    const takeLine = (line: string) => {
      commands.push(line);
      const verb = line.split(/[ :]/, 1)[0]?.toUpperCase() ?? '';
      const reply = script.commands?.[verb] ?? (verb === 'DATA' ? '354 go on' : '250 fine');
      if (verb === 'DATA' && typeof reply === 'string' && reply.startsWith('354')) mail = '';
      answer(socket, reply);
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      if (mail !== undefined) return takeMail(String(chunk));
      text += chunk;
      for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n')) {
        takeLine(text.slice(0, at));
        text = text.slice(at + 2);
      }
    });
    answer(socket, script.greeting ?? '220 here');
  });
  return {
    port: server.port,
    url: `smtp://127.0.0.1:${server.port}`,
    commands,
    ended: () => ended,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
