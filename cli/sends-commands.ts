import type { Command } from 'commander';
import { SendView } from '../shared/api/shapes.ts';
import { UserError } from '../shared/failure.ts';
import { SEND_STATES } from '../shared/sending/send.ts';
import type { ApiClient } from './client.ts';
import { type CommonOptions, examples, THREAD, withCommonOptions } from './options.ts';
import { awaitOutcome, paintState, printOutcome } from './outcome.ts';
import { localTime, oneLine, type Paint, painter, type Shown, styled } from './output.ts';
import { printList } from './pages.ts';
import { pathPart } from './path-part.ts';
import { personHere } from './send-commands.ts';
import { withApi } from './session.ts';

interface SendsOptions extends CommonOptions {
  readonly state?: string;
  readonly thread?: string;
}

const MEANING_WIDTH = 120;
const VERDICTS: readonly string[] = ['sent', 'resend'];
const STATES: readonly string[] = SEND_STATES;

const SEND = 'send id (snd_…) from "sends"';
const sendPath = (id: string) => `/v1/sends/${pathPart(id)}`;

const STATES_HELP = `
States:
  waiting         not posted yet; goes by itself
  sending         may be on its way
  sent            accepted by the vendor or mail server
  confirmed       seen in the conversation
  refused         the vendor said no
  failed          nothing left us, and nothing will
  uncertain       nobody knows yet; the conversation is being checked
  needs_decision  you decide: it cannot be told whether it is in the conversation
  decided         by a person
  undone          called back before it left`;

export function addSendsCommands(program: Command): void {
  // An option behind "decide" is that command's own.
  const sends = withCommonOptions(program.command('sends'))
    .enablePositionalOptions()
    .description('What became of each reply and forward, newest first')
    .option('--state <state>', 'only sends in this state')
    .option('--thread <id>', `only of this thread: ${THREAD}`)
    .addHelpText('after', `${STATES_HELP}\n${examples('sends', 'sends --state needs_decision --json')}`)
    .action(async (options: SendsOptions) => await listSends(options));
  withCommonOptions(sends.command('decide'))
    .description('Say what became of a send nobody could find: it was sent, or send it again')
    .argument('<id>', SEND)
    .argument('<verdict>', '"sent" or "resend"')
    .addHelpText('after', examples('sends decide snd_abc… sent', 'sends decide snd_abc… resend'))
    .action(async (id: string, verdict: string, options: CommonOptions) => await decide(id, verdict, options));
  addChangeCommands(sends);
}

function addChangeCommands(sends: Command): void {
  withCommonOptions(sends.command('again'))
    .description('Send again what has failed or was refused, of which it is certain that nothing left')
    .argument('<id>', SEND)
    .addHelpText('after', examples('sends again snd_abc…'))
    .action(async (id: string, options: CommonOptions) => {
      await change(options, (api) => api.send(SendView, 'POST', `${sendPath(id)}/again`));
    });
  withCommonOptions(sends.command('undo'))
    .description('Call a send back before it has left')
    .argument('<id>', 'send id (snd_…), as "reply --undo" prints it')
    .addHelpText('after', examples('sends undo snd_abc…'))
    .action(async (id: string, options: CommonOptions) => {
      await change(options, (api) => api.send(SendView, 'DELETE', sendPath(id)));
    });
}

async function listSends(options: SendsOptions): Promise<void> {
  const { state, thread, json } = options;
  if (state !== undefined && !STATES.includes(state)) {
    throw new UserError(`"${state}" is no state of a send; it is one of ${STATES.join(', ')}.`);
  }
  await withApi(options, async (api) => {
    const paint = painter(process.stdout);
    const none = state === undefined ? 'Nothing was sent yet.' : `No sends are ${state}.`;
    const line = (send: SendView) => sendLine(send, paint);
    await printList(api, { path: '/v1/sends', item: SendView, query: { state, thread }, json, line, none });
  });
}

function sendLine(send: SendView, paint: Paint): Shown {
  const time = paint('dim', localTime(send.acceptedAt, Date.now()));
  const what = `${send.kind} in ${oneLine(send.thread, 60)}`;
  const meaning = oneLine(send.meaning, MEANING_WIDTH);
  return styled`${time} ${paintState(send.state, paint)}  ${what}  ${paint('dim', send.id)}\n    ${meaning}`;
}

async function decide(id: string, verdict: string, options: CommonOptions): Promise<void> {
  if (!VERDICTS.includes(verdict)) {
    throw new UserError(`A decision is "sent" or "resend", and "${verdict}" is neither.`);
  }
  const body = { verdict, by: personHere() };
  await change(options, (api) => api.send(SendView, 'POST', `${sendPath(id)}/decision`, { body }));
}

/** What a person wants of a send, and what became of it. */
async function change(options: CommonOptions, ask: (api: ApiClient) => Promise<SendView>): Promise<void> {
  await withApi(options, async (api, isRunning) => {
    const changed = await ask(api);
    const outcome = await awaitOutcome(api, changed, isRunning);
    printOutcome(outcome, { isRunning, sideEffect: null, isRepeated: false }, options.json);
  });
}
