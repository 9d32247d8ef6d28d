import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { checkUrl } from '../../adapters/node/address-guard.ts';
import { checkSmtpUrl } from '../../adapters/node/smtp-url.ts';
import { environmentSecrets } from '../../local/secrets.ts';
import { checkConfig } from '../../shared/app/check-config.ts';
import { durationMs } from '../../shared/config/duration.ts';
import { parseConfig } from '../../shared/config/parse.ts';
import { ConfigSchema, configJsonSchema } from '../../shared/config/schema.ts';
import { localSecret, readSecret } from '../../shared/config/secret.ts';
import { sinksTable } from '../../shared/config/sinks-table.ts';
import { UserError } from '../../shared/failure.ts';

const FILE = 'replybus.config.json';
const connection = { id: 'sales', provider: 'coldsend', apiKey: 'env:KEY' };
const webhook = { id: 'crm', type: 'webhook', url: 'https://crm.example/hooks', secret: 'env:S' };

/** What is said of a config that is read here and checked for this machine. */
function check(json: unknown, env: Readonly<Record<string, string>>, warn: (sentence: string) => void): void {
  const variables = { KEY: 'key', S: `whsec_${Buffer.alloc(32).toString('base64')}`, ...env };
  const guard = { allowPrivate: false };
  checkConfig(parseConfig(json, FILE), {
    file: FILE,
    checkUrl: (url) => checkUrl(url, guard),
    checkMailUrl: (url) => checkSmtpUrl(url, guard),
    secret: (text, where) => localSecret(text, { env: variables, where, warn: () => {} }),
    place: 'one machine',
    warn,
  });
}

function warningsOf(json: unknown): readonly string[] {
  const sentences: string[] = [];
  check(json, {}, (sentence) => sentences.push(sentence));
  return sentences;
}

function complaintOf(json: unknown, env: Readonly<Record<string, string>> = {}) {
  try {
    check(json, env, () => {});
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const colon = error.message.indexOf(': ');
    return { place: error.message.slice(0, colon), sentence: error.message.slice(colon + 2) };
  }
  throw new Error('no complaint');
}

const isTakenByEditors = new Ajv2020({ strict: false }).compile(configJsonSchema() as object);

describe('the config', () => {
  it('takes everything there is to say', () => {
    const json = {
      $schema: './replybus.config.schema.json',
      connections: [
        {
          ...connection,
          baseUrl: 'https://x.example',
          campaigns: ['*'],
          backfill: '24h',
          paused: true,
          sending: { off: false, perDay: 2_000, perConversationPerDay: 5 },
        },
      ],
      sinks: [
        { ...webhook, events: ['reply.received'], connections: ['*'], campaigns: ['c'], interested: true },
        { id: 'two', type: 'webhook', url: 'https://crm.example/hooks', secret: ['env:NEW', 'env:OLD'] },
        { id: 'out', type: 'stdout', intents: ['Meeting booked'] },
        { id: 'team', type: 'slack', url: 'env:SLACK_URL' },
        { id: 'queue', type: 'sqs', url: 'https://sqs.eu-west-1.amazonaws.com/123456789012/replies' },
        { id: 'bus', type: 'eventbridge', bus: 'default' },
        { id: 'hot', type: 'automation', do: [{ star: true }, { read: true }, { forward: ['deals@acme.example'] }] },
      ],
      poll: { everySeconds: 60 },
      forwarding: { smtp: 'env:SMTP_URL', from: 'replies@acme.example' },
      console: { url: 'https://replies.acme.example' },
      allowPrivateUrls: false,
    };
    expect(parseConfig(json, FILE)).toEqual(json);
  });

  it.each([
    [[], `${FILE}: this has to be a JSON object; correct it.`],
    [{}, `${FILE}, connections: this is missing; add it.`],
    [
      { connections: [connection], conections: 1 },
      `${FILE}: unknown key "conections"; correct its spelling or remove it.`,
    ],
    [
      { connections: [{ ...connection, provider: 'x' }] },
      `${FILE}, connections[0].provider: this is one of cohesive, coldsend; correct it.`,
    ],
    [
      { connections: [{ ...connection, sending: { perDay: 2_001 } }] },
      `${FILE}, connections[0].sending.perDay: this must be at most 2000; correct it.`,
    ],
    [
      { connections: [{ ...connection, sending: { perDay: 1.5 } }] },
      `${FILE}, connections[0].sending.perDay: this has to be a whole number; correct it.`,
    ],
    [
      { connections: [{ ...connection, sending: { of: true } }] },
      `${FILE}, connections[0].sending: unknown key "of"; correct its spelling or remove it.`,
    ],
    [
      { connections: [connection, connection] },
      `${FILE}, connections: the id "sales" is used twice; give each its own.`,
    ],
    [
      { connections: [connection], poll: { everySeconds: 0 } },
      `${FILE}, poll.everySeconds: this must be whole seconds, from 1 to 86400; correct it.`,
    ],
    [
      { connections: [connection], sinks: [{ ...webhook, connections: ['acme'] }] },
      `${FILE}, sinks[0].connections: there is no connection "acme"; name one of sales, or "*".`,
    ],
    [
      { connections: [connection], sinks: [{ ...webhook, events: ['x'] }] },
      /^replybus\.config\.json, sinks\[0\]\.events\[0\]: this is one of reply\.received/,
    ],
    [
      { connections: [connection], sinks: [{ ...webhook, type: 'x' }] },
      `${FILE}, sinks[0].type: this must be one of webhook, slack, sqs, eventbridge, stdout, automation; correct it.`,
    ],
  ])('a mistake is one sentence with its place: %j', (json, sentence) => {
    expect(() => parseConfig(json, FILE)).toThrow(sentence);
  });

  const of = (change: object) => ({ connections: [{ ...connection, ...change }] });
  const filtered = (change: object) => ({
    connections: [connection],
    sinks: [{ id: 'out', type: 'stdout', ...change }],
  });
  const posted = (change: object) => ({ connections: [connection], sinks: [{ ...webhook, ...change }] });
  const automated = (...steps: object[]) => filtered({ type: 'automation', do: steps });
  const ALONE = 'this must be ["*"] alone, since that stands for all; correct it.';
  const TWICE = 'this is named twice; correct it.';
  const EMPTY = 'this must not be empty; correct it.';
  const ACTION = 'this must be one action (star, read, forward or reply), with a step of its own for each; correct it.';
  const PAIR = 'this must be one secret, or two while you rotate them, as ["new", "old"]; correct it.';
  const BASE = 'paths are put behind this, so it holds no "?", "#" or space; take them out.';
  const CALLED = 'what comes after a "#" is never sent, and a space is none of a URL; take them out.';
  const LINKS = 'links are made of this, so it holds no "?", "#", "@" or space; take them out.';
  const SECONDS = 'this must be whole seconds, from 1 to 86400; correct it.';

  it.each([
    [of({ campaigns: ['*', 'x'] }), 'connections[0].campaigns', ALONE],
    [of({ campaigns: ['x', 'y', 'x'] }), 'connections[0].campaigns[2]', TWICE],
    [of({ campaigns: [' '] }), 'connections[0].campaigns[0]', EMPTY],
    [of({ apiKey: ' ' }), 'connections[0].apiKey', EMPTY],
    [of({ baseUrl: 'https://api.example/v1?x#y' }), 'connections[0].baseUrl', BASE],
    [of({ baseUrl: 'https://api.example/v1#' }), 'connections[0].baseUrl', BASE],
    [of({ baseUrl: 'https://api.example/v1\n' }), 'connections[0].baseUrl', BASE],
    [filtered({ events: [] }), 'sinks[0].events', 'this must name at least one, or be left out; correct it.'],
    [filtered({ events: ['reply.received', 'reply.received'] }), 'sinks[0].events[1]', TWICE],
    [filtered({ connections: ['*', 'sales'] }), 'sinks[0].connections', ALONE],
    [filtered({ campaigns: ['x', 'x'] }), 'sinks[0].campaigns[1]', TWICE],
    [filtered({ intents: ['Booked', ' '] }), 'sinks[0].intents[1]', EMPTY],
    [posted({ secret: ['env:S', 'env:S', 'env:S'] }), 'sinks[0].secret', PAIR],
    [posted({ secret: ['env:S', 'env:S'] }), 'sinks[0].secret[1]', TWICE],
    [posted({ secret: ['env:S', ' '] }), 'sinks[0].secret[1]', EMPTY],
    [posted({ url: 'https://crm.example/hooks#x' }), 'sinks[0].url', CALLED],
    [posted({ url: 'https://crm.example/ho oks' }), 'sinks[0].url', CALLED],
    [
      filtered({ type: 'email' }),
      'sinks[0].type',
      'this must be one of webhook, slack, sqs, eventbridge, stdout, automation; correct it.',
    ],
    [
      filtered({ type: 'eventbridge', bus: 'arn:aws:nope' }),
      'sinks[0].bus',
      'this is no name or ARN of an event bus; write it as NAME or arn:aws:events:eu-west-1:123456789012:event-bus/NAME.',
    ],
    [
      filtered({ type: 'sqs', url: 'https://sqs.eu-west-1.amazonaws.com/123456789012/replies?x#y' }),
      'sinks[0].url',
      'this is no URL of a queue; write it as https://sqs.REGION.amazonaws.com/ACCOUNT/NAME.',
    ],
    [automated({ star: true, read: true }), 'sinks[0].do[0]', ACTION],
    [automated({}), 'sinks[0].do[0]', ACTION],
    [automated({ archive: true }), 'sinks[0].do[0]', ACTION],
    [automated({ reply: 'Hi', to: 'x' }), 'sinks[0].do[0]', 'unknown key "to"; correct its spelling or remove it.'],
    [automated({ forward: ['a@b.example', 'a@b.example'] }), 'sinks[0].do[0].forward[1]', TWICE],
    [{ ...of({}), poll: { everySeconds: 1.5 } }, 'poll.everySeconds', SECONDS],
    [{ ...of({}), poll: { everySeconds: 86_401 } }, 'poll.everySeconds', SECONDS],
    [{ ...of({}), console: { url: 'https://replies.acme.example/?x' } }, 'console.url', LINKS],
  ])('that could not mean what it says is refused in one sentence, and by an editor: %j', (json, place, sentence) => {
    expect(complaintOf(json)).toEqual({ place: `${FILE}, ${place}`, sentence });
    expect(isTakenByEditors(json)).toBe(false);
  });

  it.each(['default', 'team/replies', 'arn:aws:events:eu-west-1:123456789012:event-bus/replies'])(
    'takes %s for an event bus, and so does an editor',
    (bus) => {
      const json = filtered({ type: 'eventbridge', bus });
      expect(() => complaintOf(json)).toThrow('no complaint');
      expect(isTakenByEditors(json)).toBe(true);
    },
  );

  const CONTRADICTS = 'this contradicts what else the filter asks for; change one of them.';
  const COHESIVE =
    'no reply can carry "Booked": Cohesive has no labels of its own, so there are only "interested" and "not_interested"; change it or take it out.';

  it.each([
    [{ intents: ['Booked'] }, COHESIVE],
    [{ intents: ['interested', 'Booked'] }, COHESIVE],
    [{ intents: ['not interested'], interested: true }, CONTRADICTS],
    [{ intents: ['Interested'], interested: false }, CONTRADICTS],
    [{ intents: ['not_interested'], events: ['reply.interested'] }, CONTRADICTS],
  ])('refuses a filter that no reply of Cohesive ever passes: %j', (filter, sentence) => {
    const json = { ...filtered(filter), connections: [{ ...connection, provider: 'cohesive' }] };
    expect(complaintOf(json)).toEqual({ place: `${FILE}, sinks[0].intents`, sentence });
  });

  it.each([
    ['cohesive', { intents: ['Not Interested', 'interested'] }],
    ['cohesive', { intents: ['*'] }],
    ['coldsend', { intents: ['Booked'], interested: true }],
    ['coldsend', { intents: ['Booked', 'interested'], interested: false }],
  ])('takes labels that replies of %s can carry: %j', (provider, filter) => {
    const json = { ...filtered(filter), connections: [{ ...connection, provider }] };
    expect(() => complaintOf(json)).toThrow('no complaint');
  });

  it.each([
    [['Booked'], ['acme']],
    [['Booked', 'interested'], []],
  ])('warns of connections whose replies carry none of the labels %j: %j', (intents, stuck) => {
    const json = filtered({ intents });
    const sentences = warningsOf({
      ...json,
      connections: [connection, { ...connection, id: 'acme', provider: 'cohesive' }],
    });
    expect(sentences).toEqual(stuck.map((id) => expect.stringContaining(`replies of "${id}" are left alone by it`)));
  });

  it('refuses an automation that stars a thread and takes the star away', () => {
    expect(complaintOf(automated({ star: true }, { star: false }))).toEqual({
      place: `${FILE}, sinks[0].do`,
      sentence: 'a thread ends up in one way; keep one "star".',
    });
  });

  it.each(['a\nb', 'a\u0001b', 'a b', 'a\u00e4', 'a\u{1f600}'])(
    'refuses the key %j, which no header carries',
    (key) => {
      expect(complaintOf(of({}), { KEY: key })).toEqual({
        place: `${FILE}, connections[0].apiKey`,
        sentence: 'the key holds a space, a line break or another sign that no key has; copy it again.',
      });
    },
  );

  it('that is in force already is read though it would be refused today', () => {
    const json = { ...filtered({ events: [], campaigns: ['*', 'x', 'x'] }), poll: { everySeconds: 1.5 } };
    expect(ConfigSchema.safeParse(json).success).toBe(true);
  });

  it('has a JSON Schema in the repository that is current', () => {
    const file = new URL('../../replybus.config.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
  });
});

describe('the docs', () => {
  it('show every sink as its definition says it', () => {
    const page = readFileSync(new URL('../../docs/sinks.md', import.meta.url), 'utf8');
    expect(page).toContain(sinksTable());
  });
});

describe('a secret', () => {
  const place = { env: { KEY: 'value' }, where: 'here', warn: () => {} };

  it('comes from the environment', () => {
    expect(localSecret('env:KEY', place)).toBe('value');
    expect(() => localSecret('env:OTHER', place)).toThrow('here: the environment variable OTHER is not set');
  });

  it.each(['value\n', ' value', 'value\r\n'])('is read without what a file put around it: %j', (stored) => {
    expect(localSecret('env:KEY', { ...place, env: { KEY: stored } })).toBe('value');
    expect(environmentSecrets({ KEY: stored }).get('env:KEY')).toEqual({ value: 'value' });
    expect(environmentSecrets({}).get(stored)).toEqual({ value: 'value' });
  });

  it('of blanks alone is none', () => {
    expect(() => localSecret('env:KEY', { ...place, env: { KEY: ' ' } })).toThrow('KEY is not set');
    expect(environmentSecrets({ KEY: ' ' }).get('env:KEY')).toEqual({ lack: 'secret' });
  });

  it('from SSM is for the cloud', () => {
    expect(() => localSecret('ssm:/a/b', place)).toThrow('is for the cloud');
    expect(() => localSecret('ssm:/a/b#c', place)).toThrow('is for the cloud');
  });

  it.each([
    ['ssm:/a/b', { kind: 'ssm', path: '/a/b' }],
    ['ssm:/a/b#c', { kind: 'ssm', path: '/a/b', entry: 'c' }],
    ['ssm:/a/b#', { kind: 'ssm', path: '/a/b', entry: '' }],
    ['ssm:/a/b#c#d', { kind: 'ssm', path: '/a/b', entry: 'c#d' }],
    ['env:NAME#c', { kind: 'env', name: 'NAME#c' }],
    ['a#b', { kind: 'literal', value: 'a#b' }],
  ])('%s is read as %j', (text, secret) => expect(readSecret(text)).toEqual(secret));

  it('written out is taken with a warning that does not quote it', () => {
    const warnings: string[] = [];
    expect(localSecret('sk_secret', { ...place, warn: (sentence) => warnings.push(sentence) })).toBe('sk_secret');
    expect(warnings).toHaveLength(1);
    expect(warnings.join()).not.toContain('sk_secret');
  });
});

describe('a span of time', () => {
  it.each([
    ['30m', 1_800_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['0h', undefined],
    ['7', undefined],
    ['-1d', undefined],
  ])('%s is %s', (text, ms) => expect(durationMs(text)).toBe(ms));
});
