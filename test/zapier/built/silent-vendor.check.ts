import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_KEYS } from '../../../sandbox/switches.ts';
import { httpServer, type Loopback } from '../../adapters/node/loopback.ts';
import { type Driven, drive, ending } from './driven.ts';
import { openStage, type Stage } from './stage.ts';

const ZIP = join(import.meta.dirname, '../../../zapier/build/build.zip');
const HOUR = 3_600_000;
const REPLY = 'creates.send_reply.operation.perform';
const POLL = 'triggers.new_reply.operation.perform';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage?.[Symbol.asyncDispose]());

describe('a vendor that does not answer', () => {
  let silent: Loopback;
  let patient: readonly Driven[];

  beforeAll(async () => {
    const { urls } = stage.sandbox;
    silent = await httpServer(async (request, response) => {
      if (request.method !== 'GET') return;
      const headers = { 'x-api-key': DEMO_KEYS.coldsend };
      const answer = await fetch(`${urls.coldsend}${request.url?.replace('/api', '')}`, { headers });
      if (request.url?.includes('/replies?')) return;
      response.end(await answer.text());
    });
    const environment = { COLDSEND_BASE_URL: `${silent.url}api` };
    patient = await Promise.all([drive(ZIP, environment), drive(ZIP, environment)]);
  });

  afterAll(async () => {
    await Promise.all(patient.map((one) => one[Symbol.asyncDispose]()));
    await silent[Symbol.asyncDispose]();
  });

  it('holds no reply back while it lists no campaigns', async () => {
    const { urls } = stage.sandbox;
    await using mute = await httpServer(async (request, response) => {
      if (request.url?.includes('/campaigns')) return;
      const headers = { 'x-api-key': DEMO_KEYS.coldsend };
      response.end(await (await fetch(`${urls.coldsend}${request.url?.replace('/api', '')}`, { headers })).text());
    });
    await using app = await drive(ZIP, { COLDSEND_BASE_URL: `${mute.url}api` });
    stage.lead('heard@acme.example', HOUR);
    const from = Date.now();
    const told = (await app.run(POLL, { authData: stage.auth('coldsend') })) as { readonly lead_email: string }[];
    expect(told.map((item) => item.lead_email)).toContain('heard@acme.example');
    expect(Date.now() - from).toBeLessThan(15_000);
  });

  it('ends every call with a sentence before Zapier cuts it off', async () => {
    const inputData = {
      thread_id: stage.lead('silent@acme.example', HOUR).id,
      text: 'Does anybody hear me out there?',
    };
    const authData = stage.auth('coldsend');
    const from = Date.now();
    const [polled, sent] = await Promise.all([
      ending(patient[0]?.run(POLL, { authData }) ?? Promise.resolve()),
      ending(patient[1]?.run(REPLY, { authData, inputData }) ?? Promise.resolve()),
    ]);
    expect(Date.now() - from).toBeLessThan(30_000);
    expect(polled).toMatchObject({ name: 'AppError', sentence: expect.stringContaining('(timeout)') });
    expect(sent).toMatchObject({ name: 'HaltedError', sentence: expect.stringContaining('It may have been sent') });
  });
});
