import type { Command } from 'commander';
import { CampaignView, ConversationView, listOf, type MessageView, ThreadView } from '../shared/api/shapes.ts';
import { UserError } from '../shared/failure.ts';
import { textFromHtml } from '../shared/text/html.ts';
import type { ApiClient } from './client.ts';
import { type CommonOptions, examples, withCommonOptions } from './options.ts';
import { localTime, note, oneLine, type Paint, painter, print, printJson, shown } from './output.ts';
import { sideEffectOf } from './send-commands.ts';
import { withApi } from './session.ts';
import { threadPath } from './thread-name.ts';

interface ThreadsOptions extends CommonOptions {
  readonly connection?: string;
  readonly campaign?: string;
  readonly interested?: boolean;
  readonly intent?: string;
  readonly starred?: boolean;
  readonly unread?: boolean;
  readonly search?: string;
  readonly sent?: boolean;
  readonly sort?: string;
  readonly limit: string;
}

const PREVIEW_WIDTH = 60;

export function addInboxCommands(program: Command): void {
  withCommonOptions(program.command('campaigns'))
    .description('List campaigns: ids, names, status')
    .argument('[connection]', 'only this connection')
    .addHelpText('after', examples('campaigns', 'campaigns acme --json'))
    .action(async (connection: string | undefined, options: CommonOptions) => await campaigns(connection, options));
  addThreadsCommand(program);
  withCommonOptions(program.command('thread'))
    .description('Show one thread with its messages')
    .argument('<id>', 'CONNECTION/THREAD, as "threads" prints it')
    .addHelpText('after', examples('thread sales/550e8400-e29b-41d4-a716-446655440000'))
    .action(async (id: string, options: CommonOptions) => await thread(id, options));
}

function addThreadsCommand(program: Command): void {
  withCommonOptions(program.command('threads'))
    .description('The unified inbox: threads of every connection, newest first')
    .option('--connection <id>', 'only this connection')
    .option('--campaign <id>', 'only this campaign')
    .option('--interested', 'only interested leads')
    .option('--intent <label>', "only threads with this label of the vendor's")
    .option('--starred', 'only starred threads')
    .option('--unread', 'only unread threads')
    .option('--search <text>', 'only threads that contain this text')
    .option('--sent', 'the list of sent mail in place of the replies')
    .option('--sort <word>', "the vendor's own sort word; needs --connection")
    .option('--limit <count>', 'stop after this many threads', '50')
    .addHelpText(
      'after',
      examples('threads --interested', 'threads --connection sales --unread --json', 'threads --search "next week"'),
    )
    .action(async (options: ThreadsOptions) => await threads(options));
}

async function campaigns(connection: string | undefined, options: CommonOptions): Promise<void> {
  await withApi(options, async (api) => {
    const list = await api.get(listOf(CampaignView), '/v1/campaigns', { connection });
    for (const campaign of list.items) {
      if (options.json) printJson(campaign);
      else print(`${campaign.connection}  ${campaign.id}  ${campaign.status.padEnd(9)}  ${shown(campaign.name)}`);
    }
    tellFailures(list.failures);
  });
}

function tellFailures(failures: readonly { readonly connection: string; readonly detail: string }[]): void {
  for (const { connection, detail } of failures) note(`${connection}: ${detail}`);
  if (failures.length > 0) process.exitCode = 1;
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new UserError(`--limit takes a whole number above 0, and "${text}" is none.`);
}

async function threads(options: ThreadsOptions): Promise<void> {
  const { config: _config, data: _data, json, limit, ...filters } = options;
  const wanted = limitOf(limit);
  await withApi(options, async (api) => {
    const paint = painter(process.stdout);
    let cursor: string | null = null;
    let seen = 0;
    do {
      const page = listOf(ThreadView);
      const list: Awaited<ReturnType<typeof api.get<typeof page>>> = await api.get(page, '/v1/threads', {
        ...filters,
        cursor: cursor ?? undefined,
      });
      for (const row of list.items.slice(0, wanted - seen)) {
        if (json) printJson(row);
        else print(threadLine(row, paint));
      }
      tellFailures(list.failures);
      if (list.unreadable > 0) note(`${list.unreadable} rows of this page could not be read and are left out.`);
      seen += list.items.length;
      cursor = list.cursor;
    } while (cursor !== null && seen < wanted);
    if (seen === 0 && !json) note('No threads match.');
  });
}

function threadLine(row: ThreadView, paint: Paint): string {
  const mark = row.interested ? paint('yellow', '★') : row.read === false ? paint('cyan', '•') : ' ';
  const time = paint('dim', localTime(row.lastActivityAt, Date.now()));
  const lead = paint('bold', oneLine(row.lead.name ?? row.lead.email, 28));
  const label = row.intent === null ? '' : ` [${oneLine(row.intent, 24)}]`;
  const words = oneLine([row.subject, row.preview].filter(Boolean).join(' — '), PREVIEW_WIDTH);
  return `${time} ${mark} ${lead}${label}  ${words}\n    ${paint('dim', row.id)}`;
}

async function thread(id: string, options: CommonOptions): Promise<void> {
  const path = threadPath(id);
  await withApi(options, async (api) => {
    const conversation = await api.get(ConversationView, path);
    if (options.json) return printJson(conversation);
    const paint = painter(process.stdout);
    print(threadLine(conversation.thread, paint));
    for (const message of conversation.messages) print(await messageBlock(message, paint));
    if (conversation.unreadable.length > 0) {
      note(`${conversation.unreadable.length} messages could not be read and are left out.`);
    }
    print(await howToAnswer(api, conversation, paint));
  });
}

/** The newest message's id, for those who want no answer to cross a new mail, and what answering does besides. */
async function howToAnswer(api: ApiClient, { thread, messages }: ConversationView, paint: Paint): Promise<string> {
  const newest = messages.at(-1);
  const latest = newest === undefined ? '' : ` --if-latest ${quoted(newest.id)}`;
  const sideEffect = await sideEffectOf(api, thread.connection);
  const also = sideEffect === null ? '' : `\n  A reply also does this: ${sideEffect}`;
  return paint('dim', `\nTo answer: replybus reply ${quoted(thread.id)} --text "…"${latest}${also}`);
}

/** As a shell takes it for one word. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${shown(word).replaceAll("'", `'\\''`)}'`;

async function messageBlock(message: MessageView, paint: Paint): Promise<string> {
  const arrow = message.direction === 'inbound' ? paint('green', '←') : paint('dim', '→');
  const from = message.from.name ? `${message.from.name} <${message.from.email}>` : message.from.email;
  const head = `\n${arrow} ${paint('bold', oneLine(from, 80))}  ${paint('dim', localTime(message.sentAt, Date.now()))}`;
  const files = message.attachments.map((file) => `  [${oneLine(file.filename, 60)}]`).join('');
  const text = message.text ?? (await textFromHtml(message.html ?? '', { history: true }));
  const body = shown(text.replace(/\r\n?/g, '\n')).trimEnd().replace(/^/gm, '  ');
  return `${head}${files}\n${body}`;
}
