import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';
import type { Vendor } from '../../sandbox/switches.ts';
import { rowsOf, shapeOf } from './fixture.ts';
import { COHESIVE_CURLS, COLDSEND_CURLS, COLDSEND_LIST, COLDSEND_PYTHONS, readCurl } from './samples.ts';

const PAGES = {
  cohesive: 'https://getcohesiveai.com/api',
  coldsend: 'https://api.coldsend.pro/api/public/v1',
} as const;

let sandbox: RunningSandbox;
let campaignId = '';
let threadId = '';

/** A world in which what the samples name is there, with the samples' own keys. */
beforeAll(async () => {
  sandbox = await startSandbox({
    port: 0,
    seed: 1,
    lively: false,
    switches: { cohesiveKeys: { your_api_key_here: [] }, coldsendKeys: { cs_live_your_api_key_here: ['replies:all'] } },
  });
  const { world } = sandbox;
  campaignId = world.addCampaign({ name: 'Q1 Product Launch' }).id;
  const fields = { campaignId, leadEmail: 'jane@example.com', leadName: 'Jane Doe', statsId: 'stat_123' };
  threadId = world.addThread({ ...fields, subject: 'Quick question about Acme', intent: 'interested' }).id;
  const sentAt = Date.UTC(2025, 0, 15, 10, 30);
  world.addMessage(threadId, { direction: 'outbound', sentAt: sentAt - 1000, text: 'Hi Jane' });
  world.addMessage(threadId, { direction: 'inbound', sentAt, text: 'Tell me more', messageId: 'msg_456' });
});
afterAll(() => sandbox.stop());

const filled = (text: string) => text.replace('{campaignId}', campaignId).replace('{thread_id}', threadId);

async function run(vendor: Vendor, command: string): Promise<unknown> {
  const { url, ...call } = readCurl(command);
  const response = await fetch(filled(url).replace(PAGES[vendor], sandbox.urls[vendor]), call);
  expect(response.status).toBe(200);
  expect(response.headers.get('date')).toBeTruthy();
  return await response.json();
}

describe('every sample of the Cohesive page', () => {
  it.each(COHESIVE_CURLS)('answers 200 to %s', async (command) => {
    await run('cohesive', command);
  });

  it('lists campaigns with the documented fields', async () => {
    expect(shapeOf(await run('cohesive', COHESIVE_CURLS[0]))).toEqual([
      {
        id: 'string',
        createdAt: 'number',
        updatedAt: 'number',
        status: 'string',
        creationStatus: 'string',
        name: 'string',
      },
    ]);
  });

  it.each([
    [COHESIVE_CURLS[1], 'sent'],
    [COHESIVE_CURLS[2], 'reply'],
  ])('lists rows with the documented fields for %s', async (command, category) => {
    const rows = rowsOf(await run('cohesive', command));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ leadEmail: 'jane@example.com', category });
    expect(shapeOf(rows[0])).toEqual({
      leadEmail: 'string',
      leadName: 'string',
      category: 'string',
      lastTimestamp: 'number',
      isInterested: 'boolean',
      tagline: 'string',
      tags: [],
    });
  });

  it('shows a conversation with the documented fields, ours and theirs', async () => {
    const answer = await run('cohesive', COHESIVE_CURLS[3]);
    expect(shapeOf(answer)).toEqual({
      fromEmail: 'string',
      toEmail: 'string',
      history: [
        {
          type: 'string',
          id: 'string',
          time: 'string',
          from: 'string',
          to: 'string',
          emailBody: 'string',
          subject: 'string',
          emailSequenceNumber: 'null',
          openCount: 'number',
          clickCount: 'number',
          campaignId: 'string',
          statsId: 'string',
          cc: [],
          bcc: [],
          attachments: [],
        },
      ],
    });
  });

  it('confirms a reply and a forward with a message', async () => {
    for (const command of COHESIVE_CURLS.slice(4)) {
      expect(shapeOf(await run('cohesive', command))).toEqual({ message: 'string' });
    }
    const forward = sandbox.world.outbox.findLast((sent) => sent.kind === 'forward');
    expect(forward?.to).toEqual(['team@company.com', 'manager@company.com']);
  });
});

describe('every sample of the ColdSend page', () => {
  it.each(COLDSEND_CURLS)('answers 200 to %s', async (command) => {
    await run('coldsend', command);
  });

  it.each(COLDSEND_PYTHONS)('answers 200 to $sample', async ({ method, target, body }) => {
    const response = await fetch(filled(`${sandbox.urls.coldsend}${target}`), {
      method,
      headers: {
        'X-API-Key': 'cs_live_your_api_key_here',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(response.status).toBe(200);
  });

  it('answers a list with the keys and types of the sample, for the bool of either language', async () => {
    for (const bool of ['false', 'False']) {
      sandbox.world.setRead(threadId, false);
      const response = await fetch(
        `${sandbox.urls.coldsend}/replies?page=1&limit=20&is_read=${bool}&category=interested`,
        {
          headers: { 'X-API-Key': 'cs_live_your_api_key_here' },
        },
      );
      expect(shapeOf(await response.json())).toEqual(shapeOf(COLDSEND_LIST));
    }
  });
});
