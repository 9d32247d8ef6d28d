import type { Command } from 'commander';
import { SendList, SendView } from '../shared/api/shapes.ts';
import { UserError } from '../shared/failure.ts';
import { SEND_STATES } from '../shared/sending/send.ts';
import { type CommonOptions, examples, withCommonOptions } from './options.ts';
import { awaitOutcome, paintState, printOutcome } from './outcome.ts';
import { localTime, note, oneLine, type Paint, painter, print, printJson, shown } from './output.ts';
import { personHere } from './send-commands.ts';
import { withApi } from './session.ts';

interface SendsOptions extends CommonOptions {
  readonly state?: string;
}

const MEANING_WIDTH = 120;
const VERDICTS: readonly string[] = ['sent', 'resend'];
const STATES: readonly string[] = SEND_STATES;

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
    .addHelpText('after', `${STATES_HELP}\n${examples('sends', 'sends --state needs_decision --json')}`)
    .action(async (options: SendsOptions) => await listSends(options));
  withCommonOptions(sends.command('decide'))
    .description('Say what became of a send nobody could find: it was sent, or send it again')
    .argument('<id>', 'send id (snd_…) from "sends"')
    .argument('<verdict>', '"sent" or "resend"')
    .addHelpText('after', examples('sends decide snd_abc… sent', 'sends decide snd_abc… resend'))
    .action(async (id: string, verdict: string, options: CommonOptions) => await decide(id, verdict, options));
  addChangeCommands(sends);
}

function addChangeCommands(sends: Command): void {
  withCommonOptions(sends.command('again'))
    .description('Send again what has failed or was refused, of which it is certain that nothing left')
    .argument('<id>', 'send id (snd_…) from "sends"')
    .addHelpText('after', examples('sends again snd_abc…'))
    .action(async (id: string, options: CommonOptions) => await change('POST', `${pathOf(id)}/again`, options));
  withCommonOptions(sends.command('undo'))
    .description('Call a send back before it has left')
    .argument('<id>', 'send id (snd_…), as "reply --undo" prints it')
    .addHelpText('after', examples('sends undo snd_abc…'))
    .action(async (id: string, options: CommonOptions) => await change('DELETE', pathOf(id), options));
}

const pathOf = (id: string) => `/v1/sends/${encodeURIComponent(id)}`;

async function change(method: 'POST' | 'DELETE', path: string, options: CommonOptions): Promise<void> {
  await withApi(options, async (api, isRunning) => {
    const changed = await api.send(SendView, method, path);
    const outcome = await awaitOutcome(api, changed, isRunning);
    printOutcome(outcome, { isRunning, sideEffect: null, isRepeated: false }, options.json);
  });
}

async function listSends(options: SendsOptions): Promise<void> {
  const { state, json } = options;
  if (state !== undefined && !STATES.includes(state)) {
    throw new UserError(`"${shown(state)}" is no state of a send; it is one of ${STATES.join(', ')}.`);
  }
  await withApi(options, async (api) => {
    const paint = painter(process.stdout);
    let cursor: string | null = null;
    let seen = 0;
    do {
      const list: SendListView = await api.get(SendList, '/v1/sends', { state, cursor: cursor ?? undefined });
      for (const send of list.items) {
        if (json) printJson(send);
        else print(sendLine(send, paint));
      }
      seen += list.items.length;
      cursor = list.cursor;
    } while (cursor !== null);
    if (seen === 0 && !json) note(state === undefined ? 'Nothing was sent yet.' : `No sends are ${state}.`);
  });
}

type SendListView = { readonly items: readonly SendView[]; readonly cursor: string | null };

function sendLine(send: SendView, paint: Paint): string {
  const time = paint('dim', localTime(send.acceptedAt, Date.now()));
  const what = `${send.kind} in ${oneLine(send.thread, 60)}`;
  const meaning = oneLine(send.meaning, MEANING_WIDTH);
  return `${time} ${paintState(send.state, paint)}  ${what}  ${paint('dim', send.id)}\n    ${meaning}`;
}

async function decide(id: string, verdict: string, options: CommonOptions): Promise<void> {
  if (!VERDICTS.includes(verdict)) {
    throw new UserError(`A decision is "sent" or "resend", and "${shown(verdict)}" is neither.`);
  }
  await withApi(options, async (api, isRunning) => {
    const decided = await api.send(SendView, 'POST', `${pathOf(id)}/decision`, {
      body: { verdict, by: personHere() },
    });
    const outcome = await awaitOutcome(api, decided, isRunning);
    printOutcome(outcome, { isRunning, sideEffect: null, isRepeated: false }, options.json);
  });
}
