import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { durationMs } from '../../shared/config/duration.ts';
import { parseConfig } from '../../shared/config/parse.ts';
import { configJsonSchema } from '../../shared/config/schema.ts';
import { localSecret, readSecret } from '../../shared/config/secret.ts';
import { sinksTable } from '../../shared/config/sinks-table.ts';

const FILE = 'replybus.config.json';
const connection = { id: 'sales', provider: 'coldsend', apiKey: 'env:KEY' };
const webhook = { id: 'crm', type: 'webhook', url: 'https://crm.example/hooks', secret: 'env:S' };

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
      `${FILE}, poll.everySeconds: this must be 1 or more; correct it.`,
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
      /^replybus\.config\.json, sinks\[0\]\.type: .*\.$/,
    ],
  ])('a mistake is one sentence with its place: %j', (json, sentence) => {
    expect(() => parseConfig(json, FILE)).toThrow(sentence);
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
