import { describe, expect, it } from 'vitest';
import type { ApiConnection } from '../../shared/api/deps.ts';
import { probe } from '../../shared/app/doctor/probe.ts';
import { Shapes } from '../../shared/app/doctor/shape.ts';
import { cohesive } from '../../shared/providers/cohesive/index.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import { AWKWARD_LEADS, NOW, type Sandboxed, sandboxed } from '../providers/sandboxed.ts';

const MINUTE = 60_000;

function opened({ connection }: Sandboxed): ApiConnection {
  const unasked = () => {
    throw new Error('not asked for');
  };
  return { id: 'acme', connection, campaigns: ['*'], paused: false, lags: unasked, poll: unasked, backfill: unasked };
}

async function probed(open: Sandboxed) {
  const clock = { now: () => NOW, sleep: async () => {} };
  const found = await probe(opened(open), { store: memoryStore(), clock });
  const findings = Object.fromEntries(found.findings.map((each) => [each.subject, `${each.state}: ${each.seen}`]));
  return { ...found, findings };
}

it('sees times of messages that are of another zone than those of the list', async () => {
  const open = sandboxed(cohesive);
  Object.assign(open.switches, { isoTimes: 'zoneless', isoZoneMinutes: -300 });
  const { findings } = await probed(open);
  expect(findings.clocks).toBe('otherwise: in 3 of 3 threads times are 5 h behind those of the list');
  expect(findings['row times']).toMatch(/^as-assumed: /);
});

describe.each(PROVIDERS.map((provider) => ({ provider, label: provider.label })))(
  'a probe of $label',
  ({ provider }) => {
    it('finds nothing otherwise where the vendor is as assumed', async () => {
      const { findings, failures } = await probed(sandboxed(provider));
      expect(failures).toEqual([]);
      expect(Object.entries(findings).filter(([, seen]) => seen.startsWith('otherwise'))).toEqual([]);
      expect(findings['order of all replies']).toMatch(/^as-assumed: 5 rows/);
      expect(findings['message ids']).toMatch(/^as-assumed: 12 messages/);
    });

    it('writes nothing, and asks no more than a person would notice', async () => {
      const open = sandboxed(provider);
      await probed(open);
      expect(open.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
      expect(open.requests.length).toBeLessThanOrEqual(25);
    });

    it('keeps no value of what it saw', async () => {
      const open = sandboxed(provider);
      const told = JSON.stringify(await probed(open)).toLowerCase();
      const { campaigns, threads } = open.world;
      const ids = [...campaigns.values(), ...threads.values()].map(({ id }) => id);
      const values = [...AWKWARD_LEADS, ...ids, 'Lead 1', 'Text 0.1', 'First', 'Second', open.apiKey];
      expect(values.filter((value) => told.includes(`"${value.toLowerCase()}`))).toEqual([]);
      expect(values.filter((value) => value.length > 8 && told.includes(value.toLowerCase()))).toEqual([]);
    });

    it('sees a list that is in another order, and says what follows', async () => {
      const open = sandboxed(provider);
      open.switches.listOrder = 'oldest';
      const { findings } = await probed(open);
      expect(findings['order of all replies']).toMatch(/^otherwise: 5 rows .* 4 stand below an older one$/);
    });

    it("measures how far message times are ahead of the vendor's Date", async () => {
      const open = sandboxed(provider);
      open.switches.dateSkewMs = -300 * MINUTE;
      expect((await probed(open)).findings.clocks).toMatch(/^otherwise: a message is \d+ (min|h) ahead/);
    });

    it('sees rows that keep an old time', async () => {
      const { findings } = await probed(sandboxed(provider, () => NOW, 'first'));
      expect(findings['row times']).toMatch(/^otherwise: in 3 of 3 threads .* later than its row, by up to 3 min$/);
    });

    it('sees rows that cannot be read', async () => {
      const open = sandboxed(provider);
      open.switches.badRowIds = [...open.world.threads.keys()].slice(0, 1);
      expect((await probed(open)).findings.readable).toMatch(/^otherwise: 1 row/);
    });

    it('says that the key opens nothing', async () => {
      const open = sandboxed(provider);
      const { failures, findings } = await probed({ ...open, connection: open.connect('another-key') });
      // One vendor answers a wrong key with a list of nothing.
      expect([failures.length > 0, findings.key?.startsWith('otherwise')]).toContain(true);
      expect(JSON.stringify([failures, findings])).not.toContain('another-key');
      expect(findings.direction).toMatch(/^not-seen/);
    });

    it('stops looking once it is over', async () => {
      const open = sandboxed(provider);
      const { answers } = await probed(open);
      const before = JSON.stringify(answers);
      await open.connection.verify();
      expect(JSON.stringify(answers)).toBe(before);
    });
  },
);

describe('the shape of an answer', () => {
  const shape = (...bodies: readonly unknown[]) => {
    const shapes = new Shapes();
    for (const body of bodies) {
      shapes.see({ operation: 'list', status: 200, headers: {}, body: JSON.stringify(body) });
    }
    return Object.fromEntries((shapes.told()[0]?.fields ?? []).map((field) => [field.path, field]));
  };

  it('names fields with how often they came, and what they held', () => {
    const told = shape({ rows: [{ id: 'a', at: '2025-01-20T12:00:00Z' }, { id: 7 }, { id: null }] });
    expect(told['answer.rows[].id']).toMatchObject({ seen: 3, of: 3, types: { null: 1, number: 1, text: 1 } });
    expect(told['answer.rows[].at']).toMatchObject({ seen: 1, of: 3, types: { 'time with a zone': 1 } });
  });

  it.each([
    ['an address', { 'jane@acme.example': { note: 1 } }],
    ['a number', { 4711: { note: 1 } }],
    ['a sentence', { 'Favourite colour': { note: 1 } }],
    ['a value from elsewhere', { people: ['Jane'], jane: { note: 1 } }],
    ['one of very many', Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${'x'.repeat(index)}`, 1]))],
  ])('tells no name that is %s', (_, body) => {
    const paths = Object.keys(shape(body));
    expect(paths.filter((path) => /jane|4711|colour|kx/i.test(path))).toEqual([]);
    expect(paths.some((path) => path.startsWith('answer.*'))).toBe(true);
  });

  it.each([
    ['time without a zone', '2025-01-20T12:00:00.123456'],
    ['time with a zone', '2025-01-20T12:00:00+02:00'],
    ['number like seconds', 1_737_374_400],
    ['number like milliseconds', 1_737_374_400_000],
    ['text of digits', '1737374400'],
    ['mail address', 'jane@acme.example'],
    ['HTML', '<p>Hello</p>'],
    ['UUID', '550e8400-e29b-41d4-a716-446655440000'],
  ])('knows a %s', (type, value) => {
    expect(shape({ field: value })['answer.field']?.types).toEqual({ [type]: 1 });
  });

  it('tells names of headers of pace alone', () => {
    const shapes = new Shapes();
    const headers = { 'x-ratelimit-remaining': '7', 'set-cookie': 'session=1', 'x-tenant': 'acme', etag: '"a"' };
    shapes.see({ operation: 'list', status: 429, headers, body: '{"error":"Jane"}' });
    expect(shapes.told()).toEqual([
      {
        operation: 'list',
        calls: 1,
        statuses: { 429: 1 },
        headers: ['etag', 'x-ratelimit-remaining'],
        fields: [],
        cut: 0,
      },
    ]);
  });
});
