import { describe, expect, it } from 'vitest';
import { nodeHttp } from '../../adapters/node/http.ts';
import type { Event, ReplyData } from '../../shared/events/event.ts';
import { escaped, slackMessage } from '../../shared/sinks/slack-message.ts';
import { httpServer } from '../adapters/node/loopback.ts';
import { replyEvent, START } from '../outbox/world.ts';
import { opened } from './opened.ts';

function reply(change: (data: ReplyData) => ReplyData = (data) => data): Event {
  const event = replyEvent('one', START, { campaign: 'c1' });
  if (event.type !== 'reply.received') throw new Error('another event');
  return { ...event, data: change(event.data) };
}

/** Slack's incoming webhook as its documentation describes it: plain answers, one word each. */
async function slackAt(status: number, word: string, headers: Record<string, string> = {}) {
  const bodies: Record<string, unknown>[] = [];
  const server = await httpServer((request, answer) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(JSON.parse(body));
      answer.writeHead(status, { 'content-type': 'text/html', ...headers }).end(word);
    });
  });
  return { server, bodies };
}

const http = nodeHttp({ allowPrivate: true });
const sinkAt = (url: string, consoleUrl?: string) =>
  opened({ id: 'team', type: 'slack', url }, { http, ...(consoleUrl === undefined ? {} : { consoleUrl }) });

describe('the slack sink', () => {
  it('posts who wrote, what they wrote, campaign, label and a link to the console', async () => {
    const { server, bodies } = await slackAt(200, 'ok');
    await using _ = server;
    const event = reply((data) => ({
      ...data,
      lead: { email: 'jane@lead.example', name: 'Jane' },
      campaign: { id: 'c1', name: 'Spring' },
      thread: { ...data.thread, id: 'acme/a|b>c', intent: 'Interested' },
    }));
    const sink = sinkAt(server.url, 'https://replies.acme.example/inbox');
    expect(await sink.deliver('evt_1', event, 1)).toEqual({ kind: 'delivered' });
    const text = JSON.stringify(bodies[0]);
    for (const part of ['Jane (jane@lead.example)', 'canary-body', 'Campaign: Spring', 'Label: Interested'])
      expect(text).toContain(part);
    expect(text).toContain('<https://replies.acme.example/inbox/#/inbox/acme/a%7Cb%3Ec|Open in the console>');
  });

  it.each([
    [400, 'invalid_payload', 'retry'],
    [400, 'user_not_found', 'retry'],
    [403, 'action_prohibited', 'retry'],
    [404, 'channel_not_found', 'retry'],
    [500, 'rollup_error', 'retry'],
    [404, 'no_service', 'disable'],
    [404, 'no_team', 'disable'],
    [410, 'channel_is_archived', 'disable'],
  ])('takes %i %s for %s, and says the word', async (status, word, kind) => {
    const { server } = await slackAt(status, word);
    await using _ = server;
    expect(await sinkAt(server.url).deliver('evt_1', reply(), 1)).toEqual({ kind, error: `HTTP ${status} ${word}` });
  });

  it('waits as long as Slack asks', async () => {
    const { server } = await slackAt(429, 'rate_limited', { 'retry-after': '30' });
    await using _ = server;
    const outcome = await sinkAt(server.url).deliver('evt_1', reply(), 1);
    expect(outcome).toEqual({ kind: 'retry', error: 'HTTP 429 rate_limited', afterMs: 30_000 });
  });

  it('repeats nothing of an answer that is no word of Slack’s', async () => {
    const { server } = await slackAt(502, '<html>canary</html>');
    await using _ = server;
    expect(await sinkAt(server.url).deliver('evt_1', reply(), 1)).toEqual({ kind: 'retry', error: 'HTTP 502' });
  });

  it('waits with its events while its URL may not be called', async () => {
    const sink = opened(
      { id: 'team', type: 'slack', url: 'env:SLACK' },
      { secrets: { get: () => ({ value: 'https://10.0.0.1/x' }) }, checkUrl: () => 'private' },
    );
    expect(await sink.deliver('evt_1', reply(), 1)).toEqual({ kind: 'retry', error: 'secret' });
    expect(await sink.check?.()).toMatchObject({ state: 'broken' });
  });
});

describe('a stranger’s text in Slack', () => {
  const HOSTILE = [
    '<!channel> <!here> <@U123> <#C123>',
    '<https://evil.example|Your bank>',
    '*bold* _it_ ~no~ `code` ```block```',
    ':skull: &lt;!channel&gt;',
    '> quoted\n• list',
  ];

  it.each(HOSTILE)('is never markup nor a mention: %s', (text) => {
    const event = reply((data) => ({
      ...data,
      lead: { email: 'x@lead.example', name: text },
      campaign: { id: 'c1', name: text },
      thread: { ...data.thread, intent: text },
      message: { ...data.message, text, subject: text },
    }));
    const message = slackMessage(event, 'https://console.example');
    const markup = message.blocks.filter((block) => 'text' in block && block.text.type === 'mrkdwn');
    expect(JSON.stringify(markup)).not.toContain(escaped(text, 3_000));
    expect(markup).toHaveLength(1);
    const foreign = JSON.stringify(message.blocks.filter((block) => !markup.includes(block)));
    expect(foreign).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    expect(foreign).not.toContain('"emoji":true');
    expect(message.text).not.toMatch(/[<>]/);
    expect(message).toMatchObject({ mrkdwn: false, parse: 'none', link_names: false, unfurl_links: false });
  });

  it('fits into the blocks, however long, and is never cut inside an escape or a character', () => {
    for (const text of ['&'.repeat(9_000), '😀'.repeat(9_000), 'a'.repeat(9_000)]) {
      const event = reply((data) => ({
        ...data,
        lead: { email: 'x@lead.example', name: text },
        message: { ...data.message, text, subject: text },
      }));
      const { blocks } = slackMessage(event);
      const texts = blocks.flatMap((block) =>
        'text' in block ? [block.text.text] : block.elements.map((e) => e.text),
      );
      expect(texts[0]?.length).toBeLessThanOrEqual(150);
      for (const each of texts) {
        expect(each.length).toBeLessThanOrEqual(3_000);
        expect(each.isWellFormed()).toBe(true);
        expect(each.replaceAll('&amp;', '')).not.toContain('&');
      }
    }
  });

  it('that is empty is shown as none, for Slack refuses an empty text', () => {
    const { blocks } = slackMessage(reply((data) => ({ ...data, message: { ...data.message, text: ' \n' } })));
    expect(JSON.stringify(blocks)).toContain('(no text)');
  });
});
