import type { Command } from 'commander';
import { CampaignView, ConversationView, type MessageView, ThreadView } from '../shared/api/shapes.ts';
import { UserError } from '../shared/failure.ts';
import { wholeText } from '../shared/text/read.ts';
import type { ApiClient } from './client.ts';
import { type CommonOptions, examples, THREAD, withCommonOptions } from './options.ts';
import {
  block,
  localTime,
  note,
  oneLine,
  type Paint,
  painter,
  print,
  printJson,
  type Shown,
  styled,
} from './output.ts';
import { printList } from './pages.ts';
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
    .argument('<id>', THREAD)
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

async function campaigns(connection: string | undefined, { json, ...place }: CommonOptions): Promise<void> {
  await withApi(place, async (api) => {
    const line = (each: CampaignView) => `${each.connection}  ${each.id}  ${each.status.padEnd(9)}  ${each.name}`;
    await printList(api, { path: '/v1/campaigns', item: CampaignView, query: { connection }, json, line });
  });
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new UserError(`--limit takes a whole number above 0, and "${text}" is none.`);
}

async function threads({ config, data, json, limit: most, ...query }: ThreadsOptions): Promise<void> {
  const limit = limitOf(most);
  await withApi({ ...(config && { config }), ...(data && { data }) }, async (api) => {
    const paint = painter(process.stdout);
    const line = (row: ThreadView) => threadLine(row, paint);
    await printList(api, {
      path: '/v1/threads',
      item: ThreadView,
      query,
      limit,
      json,
      line,
      none: 'No threads match.',
    });
  });
}

function threadLine(row: ThreadView, paint: Paint): Shown {
  const mark = row.interested ? paint('yellow', '★') : row.read === false ? paint('cyan', '•') : ' ';
  const time = paint('dim', localTime(row.lastActivityAt, Date.now()));
  const lead = paint('bold', oneLine(row.lead.name ?? row.lead.email, 28));
  const label = row.intent === null ? '' : ` [${oneLine(row.intent, 24)}]`;
  const words = oneLine([row.subject, row.preview].filter(Boolean).join(' — '), PREVIEW_WIDTH);
  return styled`${time} ${mark} ${lead}${label}  ${words}\n    ${paint('dim', row.id)}`;
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
async function howToAnswer(api: ApiClient, { thread, messages }: ConversationView, paint: Paint): Promise<Shown> {
  const newest = messages.at(-1);
  const latest = newest === undefined ? '' : ` --if-latest ${quoted(newest.id)}`;
  const sideEffect = await sideEffectOf(api, thread.connection);
  const also = sideEffect === null ? '' : styled`\n  A reply also does this: ${sideEffect}`;
  return paint('dim', styled`\nTo answer: replybus reply ${quoted(thread.id)} --text "…"${latest}${also}`);
}

/** As a shell takes it for one word. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

async function messageBlock(message: MessageView, paint: Paint): Promise<Shown> {
  const arrow = message.direction === 'inbound' ? paint('green', '←') : paint('dim', '→');
  const from = message.from.name ? `${message.from.name} <${message.from.email}>` : message.from.email;
  const head = styled`\n${arrow} ${paint('bold', oneLine(from, 80))}  ${paint('dim', localTime(message.sentAt, Date.now()))}`;
  const files = message.attachments.map((file) => `  [${oneLine(file.filename, 60)}]`).join('');
  const text = message.text ?? wholeText({ html: message.html ?? '' });
  return styled`${head}${files}\n${block(text, '  ')}`;
}
