import type { Started } from '../local/run.ts';
import { type Event, whyOf } from '../shared/events/event.ts';
import { PROVIDERS } from '../shared/providers/index.ts';
import { block, joined, localTime, oneLine, type Paint, type Shown, styled } from './output.ts';

const LEAD_WIDTH = 26;
const CAMPAIGN_WIDTH = 30;
const WORDS_WIDTH = 70;

/** One line about one event, for a person. */
export function eventText(event: Event, paint: Paint, now: number): Shown {
  const time = paint('dim', localTime(event.timestamp, now));
  if (event.type === 'reply.received' || event.type === 'reply.interested') {
    const { lead, campaign, connection, thread, message } = event.data;
    const interested = event.type === 'reply.interested';
    const mark = interested ? paint('yellow', '★') : paint('green', '←');
    const who = paint('bold', oneLine(lead.name ?? lead.email, LEAD_WIDTH).padEnd(LEAD_WIDTH));
    const where = paint('cyan', oneLine(campaign?.name ?? connection, CAMPAIGN_WIDTH).padEnd(CAMPAIGN_WIDTH));
    const subject = message.subject ?? thread.subject;
    const words = interested
      ? 'is interested'
      : oneLine([subject, message.preview].filter(Boolean).join(' — '), WORDS_WIDTH);
    return styled`${time} ${mark} ${who} ${where} ${interested ? paint('yellow', words) : words}`;
  }
  if (event.type === 'send.needs_decision') {
    const { kind, thread, send } = event.data;
    const words = `${kind} in ${oneLine(thread, WORDS_WIDTH)} may or may not have arrived: look there, then run`;
    return styled`${time} ${paint('red', '!')} ${words} "replybus sends decide ${send} sent" or "… resend"`;
  }
  const about = 'sink' in event.data ? event.data.sink : event.data.connection;
  const why = whyOf(event.data);
  return styled`${time} ${paint('red', '!')} ${event.type} ${about}: ${oneLine(why, WORDS_WIDTH * 2)}`;
}

/** A config for a real account, with the provider that is listed first. */
function sample(): string {
  const [provider] = PROVIDERS.map(({ id }) => id);
  return `{
  "connections": [{ "id": "acme", "provider": "${provider}", "apiKey": "env:${provider?.toUpperCase()}_API_KEY" }],
  "sinks": [{ "id": "terminal", "type": "stdout" }]
}`;
}

/** What runs, where its things are, and how to go on. */
export function headingText({ system, settings, address, consoleToken }: Started, paint: Paint): Shown {
  const names = system.connections.map(({ id, provider, paused }) => `${id} (${provider}${paused ? ', paused' : ''})`);
  const row = (name: string, text: string | Shown) => styled`  ${paint('dim', name.padEnd(12))} ${text}`;
  const rows: (string | Shown)[] = [
    styled`${paint('bold', 'Replybus')} ${settings.kind === 'demo' ? 'demo: two sandboxed vendors on this machine, no account needed' : `with ${settings.file}`}`,
    row('connections', names.join(', ')),
    row('console', styled`${paint('bold', `${address}/#token=${consoleToken}`)}  (open it in your browser)`),
    row('data', settings.dataDir),
    row('API', `${address}  (replybus token create)`),
  ];
  if (!system.demo) return joined(rows, '\n');
  const { config, sandbox, mailServer } = system.demo;
  const vendors = config.connections.map(({ baseUrl }) => baseUrl).join('  ');
  rows.push(row('sandbox', vendors), row('', `${sandbox.urls.control}  (faults and new replies)`));
  rows.push(row('mail', `${mailServer.folder}  (what Replybus forwards by itself lands there)`));
  rows.push(
    '',
    'To answer a reply:',
    '  npx replybus threads',
    '  npx replybus reply ID --text "Tuesday at ten suits me."',
  );
  rows.push('', 'To use a real account, write replybus.config.json and start again:', block(sample(), '  '));
  return joined(rows, '\n');
}
