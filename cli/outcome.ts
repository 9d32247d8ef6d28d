import { setTimeout as sleep } from 'node:timers/promises';
import { SendView } from '../shared/api/shapes.ts';
import type { SendState } from '../shared/sending/send.ts';
import type { ApiClient } from './client.ts';
import {
  joined,
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
import { pathPart } from './path-part.ts';

const WAIT_MS = 15_000;
const EVERY_MS = 200;
/** A person who waits longer than this is told what for. */
const QUIET_MS = 1_500;

const OPEN: ReadonlySet<SendState> = new Set(['waiting', 'sending', 'uncertain']);
const ENDED_BADLY: ReadonlySet<SendState> = new Set(['refused', 'failed']);

/** How a send that is held back can be called back, said before it goes. True where it goes too late to wait for it. */
function sayUndo({ id, goesAt }: SendView, isRunning: boolean): boolean {
  const wait = goesAt === null ? 0 : Date.parse(goesAt) - Date.now();
  if (goesAt === null || wait <= 0) return false;
  const stop = isRunning || wait > WAIT_MS ? '' : 'Ctrl-C and then ';
  note(`It goes out at ${localTime(goesAt, Date.now())}; until then ${stop}"replybus sends undo ${id}" calls it back.`);
  return wait > WAIT_MS;
}

/** The send as it is once it is known what became of it, or when waiting has been long enough. */
export async function awaitOutcome(api: ApiClient, accepted: SendView, isRunning: boolean): Promise<SendView> {
  if (accepted.state === 'waiting' && sayUndo(accepted, isRunning)) return accepted;
  const path = `/v1/sends/${pathPart(accepted.id)}`;
  const begun = performance.now();
  let send = accepted;
  let told = false;
  while (OPEN.has(send.state) && performance.now() - begun < WAIT_MS) {
    await sleep(EVERY_MS);
    send = await api.get(SendView, path);
    if (told || !process.stderr.isTTY || performance.now() - begun < QUIET_MS) continue;
    told = true;
    note(`Waiting up to ${WAIT_MS / 1_000} s for what becomes of it…`);
  }
  return send;
}

export interface Ending {
  /** Whether "replybus run" goes on with what is left. */
  readonly isRunning: boolean;
  /** What else a reply does at the vendor. */
  readonly sideEffect: string | null;
  /** It was accepted by an earlier command. */
  readonly isRepeated: boolean;
}

/** Prints what became of a send, and what to do next. The exit code says whether it may have gone out. */
export function printOutcome(send: SendView, ending: Ending, json: boolean | undefined): void {
  if (ENDED_BADLY.has(send.state)) process.exitCode = 1;
  if (json) printJson(send);
  else print(outcomeText(send, ending, painter(process.stdout)));
}

function outcomeText(send: SendView, ending: Ending, paint: Paint): Shown {
  const row = (name: string, text: string) => styled`  ${paint('dim', name.padEnd(6))} ${text}`;
  const went = !ENDED_BADLY.has(send.state);
  const rows = [
    styled`${send.kind === 'reply' ? 'Reply' : 'Forward'} in ${send.thread}: ${paintState(send.state, paint)}`,
    styled`  ${oneLine(send.meaning, 400)}`,
    row('send', send.id),
    row('key', send.key),
  ];
  if (ending.isRepeated)
    rows.push(
      row('note', `Accepted at ${localTime(send.acceptedAt, Date.now())} already; it is not sent a second time.`),
    );
  if (send.refusedRecipients.length > 0) rows.push(row('not to', send.refusedRecipients.join(', ')));
  if (ending.sideEffect !== null && went) rows.push(row('also', ending.sideEffect));
  const next = nextStep(send, ending);
  if (next !== undefined) rows.push(row('next', next));
  return joined(rows, '\n');
}

export function paintState(state: SendState, paint: Paint): Shown {
  const words = state.replace('_', ' ');
  if (ENDED_BADLY.has(state)) return paint('red', words);
  return OPEN.has(state) || state === 'needs_decision' ? paint('yellow', words) : paint('green', words);
}

function nextStep({ id, state, kind, goesAt }: SendView, { isRunning }: Ending): string | undefined {
  const who = isRunning ? 'Replybus' : 'the next "replybus run"';
  switch (state) {
    case 'waiting':
      return goesAt === null
        ? `${who} tries it again; "replybus sends" tells how it is.`
        : `${who} sends it then; "replybus sends undo ${id}" calls it back.`;
    case 'sending':
    case 'uncertain':
      return `${who} looks whether it arrived; do not send it again until "replybus sends" tells.`;
    case 'sent':
      // Not every forward shows in its conversation.
      return kind === 'reply' ? `${who} looks for it in the conversation.` : undefined;
    case 'needs_decision':
      return `look in the conversation, then run "replybus sends decide ${id} sent" or "… resend".`;
    case 'failed':
    case 'refused':
      return `nothing left; once what is in the way is mended, "replybus sends again ${id}" sends it.`;
    default:
      return undefined;
  }
}
