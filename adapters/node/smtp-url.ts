import { checkUrl, type GuardOptions } from './address-guard.ts';

export interface SmtpServer {
  /** As DNS or the network knows it: a name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS. */
  readonly secure: boolean;
  /** On this machine, where mail may go unencrypted. */
  readonly plainAllowed: boolean;
  readonly credentials?: { readonly user: string; readonly pass: string };
}

/** Submission, SMTP over TLS and relaying, with the second ports some hosts offer (Amazon SES: 2465, 2587). */
const PORTS = new Set([25, 465, 587, 2465, 2525, 2587]);
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const CONTROLS = /[\u0000-\u001f\u007f]/;

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

type Credentials = { readonly credentials?: NonNullable<SmtpServer['credentials']> } | { readonly problem: string };

function credentialsOf({ username, password }: URL): Credentials {
  if (username === '' && password === '') return {};
  if (username === '' || password === '')
    return {
      problem: 'The mail server needs both a user name and a password; write them as user:password@ before it.',
    };
  const user = decoded(username);
  const pass = decoded(password);
  if (user === undefined || pass === undefined || CONTROLS.test(user + pass))
    return {
      problem:
        'The user name or password of the mail server cannot be read; write its special characters as %40 for @.',
    };
  return { credentials: { user, pass } };
}

/** What the URL says, or the sentence that says what is wrong with it. Never quotes it: it holds a password. */
export function readSmtpUrl(
  url: string,
  { allowPrivate }: GuardOptions,
): { readonly server: SmtpServer } | { readonly problem: string } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || (parsed.protocol !== 'smtp:' && parsed.protocol !== 'smtps:') || parsed.hostname === '')
    return { problem: 'This is not the address of a mail server; write it as smtps://user:password@host:465.' };
  if (parsed.search || parsed.hash || !/^\/?$/.test(parsed.pathname))
    return { problem: 'The address of a mail server ends with its port; remove what comes after it.' };
  // Only web addresses have their host read as the network will read it: 127.1 or 0x7f000001 in other ones stays as it is.
  const asWeb = `https://${parsed.hostname}/`;
  const problem = checkUrl(asWeb, { allowPrivate });
  if (problem !== undefined) return { problem: problem.replace(/ URL;/, ' address;') };
  const secure = parsed.protocol === 'smtps:';
  const port = parsed.port === '' ? (secure ? 465 : 587) : Number(parsed.port);
  if (port === 0 || (!allowPrivate && !PORTS.has(port)))
    return { problem: `Mail servers are called on the ports ${[...PORTS].join(', ')} only; correct the port.` };
  const host = new URL(asWeb).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const reading = credentialsOf(parsed);
  if ('problem' in reading) return reading;
  return { server: { host, port, secure, plainAllowed: allowPrivate && LOOPBACK.test(host), ...reading } };
}

/** The sentence that says why no mail can be sent through this URL, or nothing. */
export function checkSmtpUrl(url: string, options: GuardOptions): string | undefined {
  const reading = readSmtpUrl(url, options);
  return 'problem' in reading ? reading.problem : undefined;
}
