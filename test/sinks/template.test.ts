import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../shared/config/parse.ts';
import type { ReplyData } from '../../shared/events/event.ts';
import { fillIn } from '../../shared/sinks/template.ts';
import { replyEvent, START } from '../outbox/world.ts';

function dataOf(name: string | null, campaign: string | null = null): ReplyData {
  const event = replyEvent('one', START);
  if (event.type !== 'reply.received') throw new Error('another event');
  const lead = { email: 'jane@lead.example', name };
  return { ...event.data, lead, campaign: campaign === null ? null : { id: 'c', name: campaign } };
}

describe('a template', () => {
  it.each([
    ['Jane Doe', 'Jane'],
    ['Doe, Jane', 'Jane'],
    ['Dr. Jane Doe', 'Jane'],
    ['  Jane  ', 'Jane'],
    ['O’Hara, Seán', 'Seán'],
    ['陳大文', '陳大文'],
    [null, 'there'],
    ['', 'there'],
    ['jane@lead.example', 'there'],
    ['12345', 'there'],
    ['visit evil.example now', 'there'],
    ['https://evil.example', 'there'],
    ['x'.repeat(1_000_000), 'there'],
    ['{{lead.email}}', 'there'],
    ['Jane\u202Egnp.exe', 'there'],
    ['Jane\u2028Bcc: x', 'Jane'],
    ['<b>Jane</b>', 'there'],
    ['*Jane*', 'Jane'],
  ])('calls %j by the first name %j', (name, first) => {
    expect(fillIn('Hi {{lead.firstName}}!', dataOf(name))).toBe(`Hi ${first}!`);
  });

  it('fills in every name, with words of its own where something is not known', () => {
    const template =
      '{{lead.name}}|{{ lead.email }}|{{campaign.name}}|{{lead.firstName|friend}}|{{thread.subject|hello}}';
    expect(fillIn(template, dataOf('Jane Doe', 'Spring'))).toBe('Jane Doe|jane@lead.example|Spring|Jane|hello');
    expect(fillIn(template, dataOf(null))).toBe('there|jane@lead.example|our conversation|friend|hello');
  });

  it('is filled in once: what a value holds is not looked into again', () => {
    expect(fillIn('{{campaign.name}}', dataOf(null, '{{lead.email}}'))).not.toContain('jane');
  });

  it('takes no time over what a stranger calls himself', () => {
    const began = Date.now();
    for (const piece of ['a ', 'a.', '<', '{{', 'dr. ', ','])
      fillIn('{{lead.firstName}} {{lead.name}}', dataOf(piece.repeat(200_000)));
    expect(Date.now() - began).toBeLessThan(2_000);
  });
});

describe('the config', () => {
  const connections = [{ id: 'sales', provider: 'coldsend', apiKey: 'env:KEY' }];
  const read = (reply: unknown) =>
    parseConfig({ connections, sinks: [{ id: 'hot', type: 'automation', do: [{ star: true }, { reply }] }] }, 'f');

  it('takes a template whose names there are', () => {
    expect(() => read('Hi {{lead.firstName|friend}}, { } are fine.')).not.toThrow();
  });

  it.each([
    [
      'Hi {{lead.frstName}}',
      'f, sinks[0].do[1].reply: this names "lead.frstName", which there is not; use one of lead.',
    ],
    ['Hi {{constructor}}', 'this names "constructor", which there is not'],
    ['Hi {{lead.firstName}', 'f, sinks[0].do[1].reply: this holds braces that name nothing'],
    ['Hi {{}}', 'this holds braces that name nothing'],
    [' ', 'f, sinks[0].do[1].reply: this must not be empty'],
    ['\u200b \u200b', 'f, sinks[0].do[1].reply: this shows a reader nothing'],
    [7, 'f, sinks[0].do[1].reply: this has to be a text'],
  ])('refuses %j with one sentence that names what is wrong', (reply, sentence) => {
    expect(() => read(reply)).toThrow(sentence);
  });
});
