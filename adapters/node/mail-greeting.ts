import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { guardedLookup } from './address-guard.ts';
import { readSmtpUrl } from './smtp-url.ts';

const WITHIN_MS = 5_000;

function greetingOf(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    const end = (trouble: string | undefined) => {
      socket.destroy();
      resolve(trouble);
    };
    socket.setTimeout(WITHIN_MS, () =>
      end(`The mail server did not answer within ${WITHIN_MS / 1_000} s; check its host and port.`),
    );
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(`The mail server cannot be reached (${error.code ?? 'no code'}); check its host and port.`),
    );
    socket.once('data', (data) =>
      end(
        data.toString('latin1').startsWith('220')
          ? undefined
          : 'What answers is no mail server that takes mail; check its host and port.',
      ),
    );
    socket.once('close', () => end('The mail server hung up without a greeting; check its host and port.'));
  });
}

/** Whether a mail server greets at this URL: the sentence that says why not, or nothing. Signs in nowhere, sends nothing. */
export async function checkMailServer(url: string, allowPrivate: boolean): Promise<string | undefined> {
  const reading = readSmtpUrl(url, { allowPrivate });
  if ('problem' in reading) return reading.problem;
  const { host, port, secure, plainAllowed } = reading.server;
  const lookup = guardedLookup({ allowPrivate, plain: plainAllowed });
  return await greetingOf(secure ? connectTls({ host, port, lookup }) : connect({ host, port, lookup }));
}
