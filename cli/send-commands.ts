import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { ConnectionList, SendView } from '../shared/api/shapes.ts';
import { durationMs } from '../shared/config/duration.ts';
import { UserError } from '../shared/failure.ts';
import type { JsonObject } from '../shared/model.ts';
import { UNDO_MAX_MS } from '../shared/sending/limits.ts';
import type { ApiClient } from './client.ts';
import { type CommonOptions, examples, more, THREAD, withCommonOptions } from './options.ts';
import { awaitOutcome, printOutcome } from './outcome.ts';
import { readAttachments, readWords } from './read-files.ts';
import { withApi } from './session.ts';
import { connectionOf, threadPath } from './thread-name.ts';

interface MailOptions extends CommonOptions {
  readonly cc?: readonly string[];
  readonly bcc?: readonly string[];
  readonly attach?: readonly string[];
  readonly idempotencyKey?: string;
  readonly undo?: string;
}
interface ReplyOptions extends MailOptions {
  readonly text?: string;
  readonly html?: string;
  readonly file?: string;
  readonly ifLatest?: string;
  readonly override?: string | true;
}
interface ForwardOptions extends MailOptions {
  readonly to?: readonly string[];
  readonly note?: string;
}

const KEY = /^[\x21-\x7e]{1,255}$/;

function withMailOptions(command: Command): Command {
  return command
    .option('--cc <address>', 'a copy to this address; repeat it for more', more)
    .option('--bcc <address>', 'a blind copy to this address; repeat it for more', more)
    .option('--attach <file>', 'a file of this machine, or its web address; repeat it for more', more)
    .option('--idempotency-key <key>', 'your name for this mail: given again, it is not sent again')
    .option('--undo <time>', 'hold it back for 10s, 5m … up to 1h; until then "sends undo" calls it back');
}

export function addSendCommands(program: Command): void {
  const reply = withCommonOptions(program.command('reply'))
    .description('Answer a lead in its thread, and wait up to 15 s for what becomes of it')
    .argument('<id>', THREAD)
    .option('--text <text>', 'the words, as plain text')
    .option('--html <html>', 'the words, as HTML')
    .option('--file <path>', 'the words from a file, HTML if it ends in .html; "-" is standard input');
  withMailOptions(reply)
    .option('--if-latest <message>', 'send only while this message is the newest of the thread')
    .option(
      '--override [name]',
      'let it pass a send that is not settled, or (with a key of its own) the same words; recorded under your name',
    )
    .addHelpText('after', REPLY_HELP)
    .action(async (id: string, options: ReplyOptions) => await sendReply(id, options));
  const forward = withCommonOptions(program.command('forward'))
    .description('Forward a thread to others, and wait up to 15 s for what becomes of it')
    .argument('<id>', THREAD)
    .option('--to <address>', 'whom to; repeat it for more', more)
    .option('--note <text>', 'your own words on top, where Replybus composes the mail itself');
  withMailOptions(forward)
    .addHelpText('after', FORWARD_HELP)
    .action(async (id: string, options: ForwardOptions) => await sendForward(id, options));
}

const REPLY_HELP = `
A vendor may cancel the lead's pending follow-ups when you reply: "replybus thread ID" says what yours does besides. Copies
and files that it does not take are refused in one sentence, before anything is sent.
${examples(
  'reply sales/550e8400-e29b-41d4-a716-446655440000 --text "Tuesday at ten suits me."',
  'reply acme/WyJjMSJd --file answer.html --cc boss@acme.example --attach https://acme.example/offer.pdf',
  'reply sales/550e8400-e29b-41d4-a716-446655440000 --file - --if-latest MESSAGE --json < answer.txt',
  'reply acme/WyJjMSJd --text "Yes, gladly." --undo 10s',
)}`;

const FORWARD_HELP = `
Where a vendor has no forward of its own, Replybus quotes the thread and sends it through your mail server, which the config
names under "forwarding".
${examples(
  'forward acme/WyJjMSJd --to deals@acme.example',
  'forward sales/550e8400-e29b-41d4-a716-446655440000 --to a@acme.example --to b@acme.example --note "Yours?"',
)}`;

/** Whom an override or a decision is recorded under. */
export function personHere(): string {
  try {
    return userInfo().username || 'somebody';
  } catch {
    return 'somebody';
  }
}

function checkedKey(key: string | undefined): string | undefined {
  if (key === undefined || KEY.test(key)) return key;
  throw new UserError('--idempotency-key takes 1 to 255 plain characters without spaces.');
}

async function wordsOf({ text, html, file }: ReplyOptions): Promise<JsonObject> {
  const given = [text, html, file].filter((one) => one !== undefined).length;
  if (given === 0) throw new UserError('Nothing to say: give the reply with --text, --html or --file.');
  if (given > 1) throw new UserError('Give the reply once: --text, --html and --file exclude each other.');
  const words: { readonly text?: string; readonly html?: string } =
    file !== undefined ? await readWords(file) : text !== undefined ? { text } : { html: html ?? '' };
  if (`${words.text ?? ''}${words.html ?? ''}`.trim() === '')
    throw new UserError('The reply is empty; write something.');
  return { ...words };
}

function undoSecondsOf(time: string): number {
  const ms = durationMs(time);
  if (ms !== undefined && ms <= UNDO_MAX_MS) return ms / 1_000;
  throw new UserError('--undo takes a time from 1s to 1h, written as 10s, 5m or 1h.');
}

async function mailOf({ cc, bcc, attach, undo }: MailOptions): Promise<JsonObject> {
  const undoSeconds = undo === undefined ? undefined : undoSecondsOf(undo);
  const attachments = await readAttachments(attach ?? []);
  return {
    ...(undoSeconds !== undefined && { undoSeconds }),
    ...(cc && { cc: [...cc] }),
    ...(bcc && { bcc: [...bcc] }),
    ...(attachments.length > 0 && { attachments: attachments.map((file) => ({ ...file })) }),
  };
}

async function sendReply(id: string, options: ReplyOptions): Promise<void> {
  const { ifLatest, override } = options;
  const path = `${threadPath(id)}/reply`;
  const by = override === true ? personHere() : override;
  const body: JsonObject = {
    ...(await wordsOf(options)),
    ...(await mailOf(options)),
    ...(ifLatest !== undefined && { ifLatestMessageId: ifLatest }),
    ...(by !== undefined && { override: by }),
  };
  await send(id, path, body, options);
}

async function sendForward(id: string, options: ForwardOptions): Promise<void> {
  const { to, note } = options;
  const path = `${threadPath(id)}/forward`;
  if (!to) throw new UserError('Nobody to forward to: give an address with --to.');
  const body: JsonObject = { to: [...to], ...(await mailOf(options)), ...(note !== undefined && { note }) };
  await send(id, path, body, options);
}

async function send(id: string, path: string, body: JsonObject, options: MailOptions): Promise<void> {
  const key = checkedKey(options.idempotencyKey);
  await withApi(options, async (api, isRunning) => {
    const askedAt = Date.now();
    const accepted = await api.send(SendView, 'POST', path, { body, ...(key === undefined ? {} : { key }) });
    const isRepeated = Date.parse(accepted.acceptedAt) < askedAt;
    const outcome = await awaitOutcome(api, accepted, isRunning);
    const sideEffect = outcome.kind === 'reply' ? await sideEffectOf(api, connectionOf(id)) : null;
    printOutcome(outcome, { isRunning, sideEffect, isRepeated }, options.json);
  });
}

/** What else a reply does at the vendor of this connection. */
export async function sideEffectOf(api: ApiClient, connection: string): Promise<string | null> {
  const { items } = await api.get(ConnectionList, '/v1/connections');
  return items.find((item) => item.id === connection)?.can.reply.sideEffect ?? null;
}
