import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { NodemailerError } from 'nodemailer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type Failure, ProviderError, UserError } from '../../shared/failure.ts';
import type { EncodedMail, Mailer } from '../../shared/forwarding/mailer.ts';
import { guardedLookup, type Resolve } from './address-guard.ts';
import { smtpFailure } from './smtp-failure.ts';
import { readSmtpUrl, type SmtpServer } from './smtp-url.ts';

/** From the call to the server's answer. The send protocol counts on no post taking longer. */
const DEADLINE_MS = 120_000;
/** For the server to say goodbye, after the mail is taken. */
const GOODBYE_MS = 2_000;
const CHUNK_BYTES = 64 * 1024;

export interface SmtpOptions {
  /** Servers on this machine and in private networks may be used, those on this machine without encryption. */
  readonly allowPrivate: boolean;
  /** Replaces DNS in tests. */
  readonly resolve?: Resolve;
  /** Shorter in tests. */
  readonly deadlineMs?: number;
  /** Trusted besides the well-known authorities. */
  readonly ca?: string;
}

type Outcome = { readonly refused: readonly string[] } | { readonly failure: Failure };

const late: Failure = { kind: 'unavailable', mayHaveHappened: false, code: 'timeout' };
const named = (code: string): NodemailerError => Object.assign(new Error(code), { code });

/**
 * The mail's bytes, that know whether their end was handed over: nodemailer writes the dot that ends the mail only behind
 * it. Nothing is handed over after the deadline, also when timers do not know of the time because the process was frozen.
 */
class MailBytes extends Readable {
  ended = false;
  readonly #bytes: Uint8Array;
  readonly #giveUpAt: number;
  #at = 0;

  constructor(bytes: Uint8Array, giveUpAt: number) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#bytes = bytes;
    this.#giveUpAt = giveUpAt;
  }

  override _read(): void {
    if (Date.now() >= this.#giveUpAt) return void this.destroy(named('ETIMEDOUT'));
    if (this.#at >= this.#bytes.length) {
      this.ended = true;
      this.push(null);
      return;
    }
    const start = this.#at;
    this.#at += CHUNK_BYTES;
    this.push(this.#bytes.subarray(start, this.#at));
  }
}

/** One transaction over one connection of its own. */
class Transaction {
  readonly #server: SmtpServer;
  readonly #mail: EncodedMail;
  readonly #options: SmtpOptions;
  readonly #giveUpAt: number;
  readonly #bytes: MailBytes;
  readonly #settle: (outcome: Outcome) => void;
  readonly #timer: NodeJS.Timeout;
  #socket: Socket | undefined;
  #smtp: SMTPConnection | undefined;
  #isSettled = false;

  constructor(server: SmtpServer, mail: EncodedMail, options: SmtpOptions, settle: (outcome: Outcome) => void) {
    const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#server = server;
    this.#mail = mail;
    this.#options = options;
    this.#giveUpAt = Date.now() + deadlineMs;
    this.#bytes = new MailBytes(mail.bytes, this.#giveUpAt);
    this.#settle = settle;
    this.#timer = setTimeout(() => this.#fail(named('ETIMEDOUT')), deadlineMs);
  }

  begin(): void {
    const { host, port, plainAllowed } = this.#server;
    const { allowPrivate, resolve } = this.#options;
    const lookup = guardedLookup({ allowPrivate, plain: plainAllowed }, resolve);
    this.#socket = connect({ host, port, lookup });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.once('connect', () => this.#greet());
  }

  #greet(): void {
    if (this.#isSettled || !this.#socket) return;
    const { host, secure, plainAllowed } = this.#server;
    const patience = this.#options.deadlineMs ?? DEADLINE_MS;
    const smtp = new SMTPConnection({
      connection: this.#socket,
      host,
      secure,
      requireTLS: !secure && !plainAllowed,
      ignoreTLS: plainAllowed,
      // Otherwise this machine's name.
      name: this.#mail.from.slice(this.#mail.from.lastIndexOf('@') + 1),
      ...(this.#options.ca === undefined ? {} : { tls: { ca: this.#options.ca } }),
      connectionTimeout: patience,
      greetingTimeout: patience,
      socketTimeout: patience,
      // What is not written when it is closed is never written.
      socketCloseTimeout: 0,
    });
    this.#smtp = smtp;
    smtp.on('error', (error: NodemailerError) => this.#fail(error));
    smtp.connect((error) => (error ? this.#fail(error) : this.#signIn(smtp)));
    // Nodemailer listens from its next turn on: what closed before would never be told.
    setImmediate(() => {
      if (this.#socket?.destroyed) this.#fail(named('ECONNECTION'));
    });
  }

  #signIn(smtp: SMTPConnection): void {
    const { credentials } = this.#server;
    if (credentials) smtp.login({ ...credentials }, (error) => (error ? this.#fail(error) : this.#deliver(smtp)));
    else this.#deliver(smtp);
  }

  #deliver(smtp: SMTPConnection): void {
    if (Date.now() >= this.#giveUpAt) this.#fail(named('ETIMEDOUT'));
    if (this.#isSettled) return;
    const { from, recipients, bytes } = this.#mail;
    smtp.send({ from, to: [...recipients], size: bytes.length }, this.#bytes, (error, info) => {
      if (error || !info) return this.#fail(error ?? named('EPROTOCOL'));
      // A yes to a mail whose end was never sent is none, nor is what only begins like one.
      if (!this.#bytes.ended || !/^2\d\d\b/.test(info.response)) return this.#fail(named('EPROTOCOL'));
      this.#finish({ refused: info.rejected });
      smtp.quit();
      setTimeout(() => smtp.close(), GOODBYE_MS).unref();
    });
  }

  #fail(error: NodemailerError): void {
    if (this.#isSettled) return;
    const { ended } = this.#bytes;
    const failure = Date.now() >= this.#giveUpAt && !ended ? late : smtpFailure(error, ended);
    this.#finish({ failure });
    this.#bytes.destroy();
    this.#smtp?.close();
    this.#socket?.destroy();
  }

  #finish(outcome: Outcome): void {
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#settle(outcome);
  }
}

/** Sends mail through one SMTP server, over a connection of its own for each. Throws `UserError` for a URL that cannot be used. */
export function smtpMailer(url: string, options: SmtpOptions): Mailer {
  const reading = readSmtpUrl(url, options);
  if ('problem' in reading) throw new UserError(reading.problem);
  const { server } = reading;
  return {
    async send(mail) {
      const outcome = await new Promise<Outcome>((settle) => new Transaction(server, mail, options, settle).begin());
      if ('refused' in outcome) return outcome;
      throw new ProviderError(outcome.failure, { provider: 'Your mail server', operation: 'send a mail' });
    },
  };
}

export { checkSmtpUrl } from './smtp-url.ts';
