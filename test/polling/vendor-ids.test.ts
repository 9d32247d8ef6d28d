import { describe, expect, it } from 'vitest';
import { eventId } from '../../shared/events/event.ts';
import { createPoller } from '../../shared/polling/poller.ts';
import type { HttpRequest, HttpResponse } from '../../shared/ports.ts';
import { threadKey } from '../../shared/providers/cohesive/thread-id.ts';
import { Bench, DAY, HOUR, MINUTE } from './harness.ts';

const UUIDS = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

const upper = (answer: HttpResponse): HttpResponse => ({
  ...answer,
  body: answer.body.replace(UUIDS, (id) => id.toUpperCase()),
});

/** Every second answer writes its ids in capitals. */
function nowInCapitals() {
  let answers = 0;
  return (_: HttpRequest, answer: HttpResponse): HttpResponse => {
    answers += 1;
    return answers % 2 === 0 ? upper(answer) : answer;
  };
}

/** A reply whose id is a UUID, at either vendor. */
function reply(of: Bench, thread = of.lead({ intent: 'interested' })): string {
  const id = `${(of.now % 100_000_000).toString().padStart(8, '0')}-abcd-4bcd-8bcd-abcdefabcdef`;
  return of.reply(thread, of.vendor.withMessageId(of.vendor.provider.id === 'cohesive' ? `<${id}@mail.example>` : id));
}

const MESSAGE_IDS = /<([\w.-]+@mail\.example)>/g;

/** Every second answer writes Message-IDs without their brackets. */
function nowWithoutBrackets() {
  let answers = 0;
  return (_: HttpRequest, answer: HttpResponse): HttpResponse => {
    answers += 1;
    return answers % 2 === 0 ? { ...answer, body: answer.body.replace(MESSAGE_IDS, '$1') } : answer;
  };
}

const lowered = (ids: readonly string[]) => ids.map((id) => id.toLowerCase()).sort();

describe.each(['coldsend', 'cohesive'])('%s, whose ids', (vendor) => {
  it('are in capitals now and then, tells each reply once and opens no thread for it', async () => {
    const of = new Bench({ createPoller }, { vendor });
    of.oldLeads(10, { intent: 'interested' });
    of.onAnswer = nowInCapitals();
    await of.pollWell();
    const ids: string[] = [];
    const thread = of.lead({ intent: 'interested' });
    for (let round = 0; round < 4; round += 1) {
      of.now += MINUTE;
      ids.push(reply(of, thread));
      of.now += MINUTE;
      ids.push(reply(of));
      await of.pollFor(3 * MINUTE);
    }
    await of.pollFor(3 * HOUR);
    const calls = of.counts.http;
    await of.pollFor(2 * DAY);
    expect(lowered(of.received())).toEqual(lowered(ids));
    expect(new Set(lowered(of.interested())).size).toBe(of.interested().length);
    expect((of.counts.http - calls) / (2 * 24 * 60)).toBeLessThan(2.7);
  });

  it('were always in capitals, tells nothing again that an older version told', async () => {
    const of = new Bench({ createPoller }, { vendor });
    of.onAnswer = (_, answer) => upper(answer);
    await of.pollWell();
    of.now += MINUTE;
    const thread = of.lead({ intent: 'interested' });
    const told = reply(of, thread).replace(UUIDS, (id) => id.toUpperCase());
    const named = { campaignId: of.campaign.toUpperCase(), leadEmail: thread.leadEmail };
    const key = vendor === 'cohesive' ? threadKey(named) : thread.id;
    for (const type of ['reply.received', 'reply.interested'] as const) await of.recordAs(type, key, told);
    await of.pollFor(5 * MINUTE);
    expect(of.received()).toEqual([told]);
    expect(of.interested()).toEqual([told]);
  });
});

it('a message whose id is in small letters keeps the event id that it always had', async () => {
  const of = new Bench({ createPoller }, { vendor: 'coldsend' });
  await of.pollWell();
  of.now += MINUTE;
  const thread = of.lead();
  const id = of.reply(thread);
  await of.pollFor(2 * MINUTE);
  const partition = `EVENT#${eventId('reply.received', 'bench', thread.id, id)}`;
  expect(of.written.map((put) => put.partition)).toContain(partition);
});

it('a campaign whose id comes in other letters is the campaign that it was', async () => {
  const of = new Bench({ createPoller }, { vendor: 'cohesive' });
  of.oldLeads(5);
  await of.pollWell();
  of.now += MINUTE;
  const ids = [of.reply(of.lead())];
  await of.pollFor(10 * MINUTE);
  of.onAnswer = ({ url }, answer) => (url.endsWith('/campaigns') ? upper(answer) : answer);
  of.now += MINUTE;
  ids.push(of.reply(of.lead()));
  await of.pollFor(HOUR);
  of.restart();
  await of.pollFor(HOUR);
  of.assertReceived(ids, 'a campaign in other letters was read as a new one, or not at all');
});

it('a campaign that the config names in other letters is the one that is meant', async () => {
  const of = new Bench({ createPoller }, { vendor: 'coldsend' });
  of.campaigns = [of.campaign.toUpperCase()];
  of.restart();
  await of.pollWell();
  of.now += MINUTE;
  const ids = [of.reply(of.lead())];
  await of.pollFor(5 * MINUTE);
  of.assertReceived(ids, 'a campaign that the config names was not recorded');
});

describe('a vendor whose Message-IDs', () => {
  it('have no brackets now and then, has each reply told once', async () => {
    const of = new Bench({ createPoller }, { vendor: 'cohesive' });
    of.oldLeads(10, { intent: 'interested' });
    of.onAnswer = nowWithoutBrackets();
    await of.pollWell();
    const ids: string[] = [];
    const thread = of.lead({ intent: 'interested' });
    for (let round = 0; round < 6; round += 1) {
      of.now += MINUTE;
      ids.push(reply(of, thread));
      of.now += MINUTE;
      ids.push(reply(of));
      await of.pollFor(3 * MINUTE);
    }
    await of.pollFor(2 * DAY);
    const bare = (told: readonly string[]) => told.map((id) => id.replace(/[<>]/g, '')).sort();
    expect(bare(of.received())).toEqual(bare(ids));
    expect(new Set(bare(of.interested())).size).toBe(of.interested().length);
  });
});
