import { describe, expect, it } from 'vitest';
import { z } from 'zod/mini';
import { KeyTrialView, NewTokenView, ProviderList, WrittenConfigView } from '../../shared/api/shapes.ts';
import { parseConfig } from '../../shared/config/parse.ts';
import { UserError } from '../../shared/failure.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';
import { apiWorld, CONSOLE_TOKEN } from './world.ts';

const [vendor = ''] = PROVIDERS.map(({ id }) => id);
const KEY = 'key-that-nobody-may-see';

describe('the vendors', () => {
  it('are listed with the name of the variable of their key', async () => {
    const { items } = ProviderList.parse((await apiWorld().ask('GET', '/v1/providers')).body);
    expect(items.map(({ id }) => id)).toEqual(PROVIDERS.map(({ id }) => id));
    for (const { variable } of items) expect(variable).toMatch(/^[A-Z][A-Z0-9_]*_API_KEY$/);
  });
});

describe('trying a key', () => {
  it('asks the vendor with it, and says what it can see', async () => {
    const asked: string[][] = [];
    const world = apiWorld(() => ({
      tryKey: async (...named) => {
        asked.push(named);
        return { warning: null, campaigns: 3 };
      },
    }));
    const { body } = await world.ask('POST', '/v1/keys/try', { body: { provider: vendor, apiKey: KEY } });
    expect(KeyTrialView.parse(body)).toEqual({ provider: vendor, warning: null, campaigns: 3 });
    expect(asked).toEqual([[vendor, KEY]]);
  });

  it('keeps the key nowhere', async () => {
    const world = apiWorld();
    await world.ask('POST', '/v1/keys/try', { body: { provider: vendor, apiKey: KEY } });
    expect(JSON.stringify([...world.store.items(), ...world.warned])).not.toContain(KEY);
  });

  it.each([
    { provider: vendor, apiKey: `${KEY} with a space` },
    { provider: 'nobody', apiKey: KEY },
    { provider: vendor, apiKey: KEY, more: KEY },
  ])('says nothing of the key where the request is refused: %j', async (body) => {
    const { status, body: answer } = await apiWorld().ask('POST', '/v1/keys/try', { body });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(answer)).not.toContain(KEY);
  });

  it('is for admin alone', async () => {
    const world = apiWorld();
    const { token } = NewTokenView.parse((await world.ask('POST', '/v1/tokens', { body: { name: 'one' } })).body);
    const body = { provider: vendor, apiKey: KEY };
    expect((await world.ask('POST', '/v1/keys/try', { token, body })).status).toBe(403);
  });
});

describe('writing the first config', () => {
  const asked = { body: { connection: 'acme', provider: vendor } };

  it('writes one that runs, and names the place of the key', async () => {
    const written: string[][] = [];
    const world = apiWorld(() => ({
      writeConfig: async (file, text) => {
        written.push([file, text]);
        return `/here/${file}`;
      },
    }));
    const { status, body } = await world.ask('POST', '/v1/config', asked);
    expect(status).toBe(201);
    const { file, config } = WrittenConfigView.parse(body);
    expect(written).toEqual([['replybus.config.json', config]]);
    expect(file).toBe('/here/replybus.config.json');
    const [connection] = parseConfig(JSON.parse(config), file).connections;
    expect(connection).toMatchObject({ id: 'acme', provider: vendor });
    expect(z.string().parse(connection?.apiKey)).toMatch(/^env:/);
  });

  it('is for the page that "npm start" opens', async () => {
    const world = apiWorld(() => ({ writeConfig: async (file) => file }));
    expect((await world.ask('POST', '/v1/config', { ...asked, token: CONSOLE_TOKEN })).status).toBe(201);
  });

  it('says that one is there already', async () => {
    const writeConfig = async () => {
      throw new UserError('The config file is there already; change it by hand.', 1);
    };
    expect(await apiWorld(() => ({ writeConfig })).problem(409, 'POST', '/v1/config', asked)).toContain('already');
  });

  it('refuses a name that no connection may have', async () => {
    const world = apiWorld(() => ({ writeConfig: async (file) => file }));
    const body = { connection: 'a/b', provider: vendor };
    expect(await world.problem(400, 'POST', '/v1/config', { body })).toContain('connections[0].id');
  });

  it('is refused to a token, which writes no files', async () => {
    const world = apiWorld(() => ({ writeConfig: async (file) => file }));
    const made = await world.ask('POST', '/v1/tokens', { body: { name: 'one', scopes: ['admin'] } });
    const { token } = NewTokenView.parse(made.body);
    expect((await world.ask('POST', '/v1/config', { ...asked, token })).status).toBe(403);
  });

  it('is not offered where there is no file', async () => {
    expect(await apiWorld().problem(501, 'POST', '/v1/config', asked)).toContain('replybus apply');
  });
});
