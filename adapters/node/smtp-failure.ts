import type { NodemailerError } from 'nodemailer';
import type { Failure } from '../../shared/failure.ts';
import { codeOf, faultWord } from './fault-word.ts';

/** What is asked of the server when it says no, in words of the person whose server it is. */
const REFUSALS: readonly (readonly [command: RegExp, issue: string])[] = [
  [/^AUTH/, 'it does not accept the user name or password; correct them in its address in the config'],
  [/^STARTTLS/, 'it offers no encryption (STARTTLS), without which no mail is sent; use smtps:// or another server'],
  [
    /^MAIL FROM/,
    'it does not accept the sender; correct "from" in the config, or the user name and password it may ask for',
  ],
  [/^RCPT TO/, 'it does not accept any of the recipients; check their addresses'],
  [/^DATA/, 'it does not accept this mail'],
];
const REFUSED = 'it does not accept mail from here; check its address in the config';

/** The reply's code, and the finer one of RFC 3463; its words may hold addresses. */
function codesIn(response: string): string {
  const [, code = '', finer] = /^(\d{3})(?:[ -](\d\.\d{1,3}\.\d{1,3})\b)?/.exec(response) ?? [];
  return finer === undefined ? code : `${code} ${finer}`;
}

function refusal({ command = '', response = '' }: NodemailerError): Failure {
  const issue = REFUSALS.find(([pattern]) => pattern.test(command))?.[1] ?? REFUSED;
  return { kind: 'invalid', issues: [`${issue} (${codesIn(response)})`] };
}

/** One word for what broke. Nodemailer puts its own code over that of the system, and keeps it beside. */
function wordOf(error: NodemailerError): string {
  const original = 'originalCode' in error ? String(error.originalCode) : '';
  const word = faultWord(original || codeOf(error));
  if (word !== 'network') return word;
  if (error.code === 'ETLS') return 'tls';
  return error.code === 'ECONNECTION' ? 'closed' : word;
}

/** Before the end of the mail was written: it was certainly not sent. */
function failureBeforeEnd(error: NodemailerError): Failure {
  const { responseCode = 0, response = '', code } = error;
  if (responseCode >= 500) return refusal(error);
  if (responseCode >= 400) return { kind: 'unavailable', mayHaveHappened: false, code: `SMTP ${codesIn(response)}` };
  if (code === 'EMESSAGE')
    return { kind: 'invalid', issues: ['the mail is larger than it takes; send it with fewer files'] };
  if (code === 'EAUTH')
    return { kind: 'invalid', issues: ['it offers no way to sign in with a user name and password'] };
  const word = wordOf(error);
  if (word === 'forbidden')
    return { kind: 'invalid', issues: ['its address is private or reserved; use a public one'] };
  return { kind: 'unavailable', mayHaveHappened: false, code: word };
}

/**
 * What a failure proves. `ended`: the end of the mail may have been written. From then on only a reply to the mail itself
 * proves anything; 421 does not, which a server sends unasked when it shuts down, whatever it did with the mail.
 */
export function smtpFailure(error: NodemailerError, ended: boolean): Failure {
  if (!ended) return failureBeforeEnd(error);
  const { responseCode = 0, response = '', code } = error;
  if (code !== 'EMESSAGE' || responseCode < 400 || responseCode === 421)
    return { kind: 'unavailable', mayHaveHappened: true, code: responseCode ? `SMTP ${responseCode}` : wordOf(error) };
  if (responseCode >= 500) return refusal(error);
  return { kind: 'unavailable', mayHaveHappened: false, code: `SMTP ${codesIn(response)}` };
}
