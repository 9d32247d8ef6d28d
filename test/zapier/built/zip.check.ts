import { globSync, lstatSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../../shared/providers/index.ts';
import { lint, RULES } from '../lint.ts';
import { type Driven, drive, ending, unzipped } from './driven.ts';
import { openStage, type Stage } from './stage.ts';

const BUILD = join(import.meta.dirname, '../../../zapier/build');
const ZIPS = [['all', 'build'], ...PROVIDERS.map(({ id }) => [id, id]), ['replybus', 'replybus']].map(
  ([name = '', file]) => [name, join(BUILD, `${file}.zip`)] as const,
);

describe.each(ZIPS)('the zip for %s', (_, zip) => {
  let folder: string;
  beforeAll(() => {
    folder = unzipped(zip);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const files = () => globSync('**', { cwd: folder });
  const definition = () => JSON.parse(readFileSync(join(folder, 'definition.json'), 'utf8'));

  it('is at most 1 MB', () => {
    expect(statSync(zip).size).toBeLessThanOrEqual(1024 * 1024);
  });

  it('holds the wrapper, the app and packages, and no link', () => {
    const names = files();
    const own = names.filter((name) => !name.startsWith('node_modules') && lstatSync(join(folder, name)).isFile());
    expect(own.toSorted()).toEqual(['definition.json', 'dist/index.js', 'package.json', 'zapierwrapper.js']);
    expect(names.filter((name) => lstatSync(join(folder, name)).isSymbolicLink())).toEqual([]);
  });

  it('names no path of the machine that built it, and holds no source map', () => {
    const root = join(import.meta.dirname, '../../..');
    const own = readFileSync(join(folder, 'dist/index.js'), 'utf8');
    expect(own.includes(root)).toBe(false);
    expect(files().filter((name) => name.endsWith('.map'))).toEqual([]);
    expect(/^\/\/# sourceMappingURL=/m.test(own)).toBe(false);
  });

  it('does not hold the database client', () => {
    expect(readFileSync(join(folder, 'dist/index.js'), 'utf8')).not.toMatch(/DynamoDB/);
    expect(files().filter((name) => name.includes('@aws-sdk'))).toEqual([]);
  });

  it('has a definition that breaks none of the checks that need no server', () => {
    expect(Object.keys(RULES).length).toBeGreaterThan(30);
    expect(lint(definition())).toEqual([]);
  });
});

describe.each(PROVIDERS)('the actions of the app of $id alone', ({ id, supports }) => {
  it('are those that a plain account can run', () => {
    const folder = unzipped(join(BUILD, `${id}.zip`));
    const { creates, authentication } = JSON.parse(readFileSync(join(folder, 'definition.json'), 'utf8'));
    rmSync(folder, { recursive: true, force: true });
    const offered = Object.keys(creates).toSorted();
    const able = {
      forward_thread: 'forwards',
      mark_read: 'readMarks',
      send_reply: 'replies',
      star_thread: 'stars',
    } as const;
    expect(offered).toEqual(
      Object.entries(able).flatMap(([key, capability]) => (supports.has(capability) ? [key] : [])),
    );
    expect(authentication.fields.map(({ key }: { readonly key: string }) => key)).not.toContain('smtpUrl');
  });
});

describe('the app for all providers', () => {
  it('keeps every key that it ever had', () => {
    const folder = unzipped(join(BUILD, 'build.zip'));
    const { triggers, creates, searches, authentication } = JSON.parse(
      readFileSync(join(folder, 'definition.json'), 'utf8'),
    );
    rmSync(folder, { recursive: true, force: true });
    const keys = (items: Readonly<Record<string, unknown>>) => Object.keys(items);
    expect(keys(triggers)).toEqual(
      expect.arrayContaining(['new_reply', 'new_interested_reply', 'campaigns', 'threads']),
    );
    expect(keys(creates)).toEqual(expect.arrayContaining(['send_reply', 'forward_thread', 'star_thread', 'mark_read']));
    expect(keys(searches)).toEqual(expect.arrayContaining(['find_thread', 'find_messages']));
    const fields = authentication.fields.map(({ key }: { readonly key: string }) => key);
    expect(fields).toEqual(expect.arrayContaining(['provider', 'apiKey', 'replybusUrl', 'replybusToken', 'smtpUrl']));
  });
});

describe.each(PROVIDERS.map(({ id }) => id))('the app of %s alone', (vendor) => {
  let stage: Stage;
  let app: Driven;
  beforeAll(async () => {
    stage = await openStage();
    app = await drive(join(BUILD, `${vendor}.zip`), stage.environment);
  });
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    await stage?.[Symbol.asyncDispose]();
  });

  it('connects with a key and nothing else', async () => {
    const named = vendor === 'cohesive' ? 'cohesive' : 'coldsend';
    const { apiKey = '' } = stage.auth(named);
    const authData = { apiKey };
    expect(await app.run('authentication.test', { authData })).toMatchObject({ provider: vendor });
    stage.lead('jane@acme.example', 60_000);
    expect(await app.run('triggers.new_reply.operation.perform', { authData })).toHaveLength(1);
  });

  it.each(['triggers', 'searches', 'creates'] as const)(
    'runs each of its %s for a plain account, and each has something to show a reviewer',
    async (kind) => {
      const named = vendor === 'cohesive' ? 'cohesive' : 'coldsend';
      const { apiKey = '' } = stage.auth(named);
      const thread = stage.lead(`plain.${kind}@acme.example`, 60_000, { intent: 'interested' });
      const thread_id = stage.threadId(named, thread);
      const definition = (await app.definition()) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
      const keys = Object.keys(definition[kind] ?? {});
      const fields = {
        thread_id,
        text: 'Gladly; when would it suit you?',
        to: 'boss@acme.example',
        intent: 'interested',
      };
      const search = (key: string) => (key === 'find_campaign' ? 'Autumn' : thread.leadEmail);
      const endings = await Promise.all(
        keys.map(async (key) => {
          const call = { authData: { apiKey }, inputData: { ...fields, search: search(key) } };
          let found: unknown;
          const run = app.run(`${kind}.${key}.operation.perform`, call).then((answer) => {
            found = answer;
          });
          const { name, sentence } = await ending(run);
          return [key, name === 'none' ? [found].flat().length > 0 : sentence];
        }),
      );
      expect(Object.fromEntries(endings)).toEqual(Object.fromEntries(keys.map((key) => [key, true])));
    },
  );

  it('asks in each of its forms for nothing that its vendor does not take', async () => {
    const named = vendor === 'cohesive' ? 'cohesive' : 'coldsend';
    const { apiKey = '' } = stage.auth(named);
    const { creates } = (await app.definition()) as { readonly creates: Readonly<Record<string, unknown>> };
    const forms = await Promise.all(
      Object.keys(creates).map(
        async (key) =>
          (await app.run(`creates.${key}.operation.inputFields`, { authData: { apiKey } })) as readonly {
            readonly key: string;
            readonly helpText?: string;
          }[],
      ),
    );
    const fields = forms.flat();
    expect(fields.map(({ helpText = '' }) => helpText).filter((text) => /will not work/.test(text))).toEqual([]);
    expect(fields.some(({ key }) => key === 'cc')).toBe(vendor === 'cohesive');
    expect(fields.some(({ key }) => key === 'note' || key === 'from')).toBe(false);
  });
});

describe('the app for all providers, for a plain account', () => {
  let stage: Stage;
  let app: Driven;
  beforeAll(async () => {
    stage = await openStage();
    app = await drive(join(BUILD, 'build.zip'), stage.environment);
  });
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    await stage?.[Symbol.asyncDispose]();
  });

  it.each([
    ['cohesive', 'send_reply', undefined],
    ['cohesive', 'forward_thread', undefined],
    ['cohesive', 'star_thread', /Deployment URL/],
    ['cohesive', 'mark_read', /Cohesive/],
    ['coldsend', 'send_reply', undefined],
    ['coldsend', 'forward_thread', /SMTP URL/],
    ['coldsend', 'star_thread', undefined],
    ['coldsend', 'mark_read', undefined],
  ] as const)('on %s runs %s, or says what it needs before and after', async (vendor, key, needs) => {
    const authData = stage.auth(vendor);
    const thread_id = stage.threadId(vendor, stage.lead(`${key}@acme.example`, 60_000));
    const inputData = { thread_id, text: 'Gladly; when would it suit you?', to: 'boss@acme.example' };
    const { name, sentence } = await ending(app.run(`creates.${key}.operation.perform`, { authData, inputData }));
    const form = (await app.run(`creates.${key}.operation.inputFields`, { authData })) as readonly {
      readonly helpText?: string;
    }[];
    const shown = form.map(({ helpText }) => helpText ?? '').join('\n');
    expect(name).toBe(needs ? 'AppError' : 'none');
    if (needs) expect([sentence, shown]).toEqual([expect.stringMatching(needs), expect.stringMatching(needs)]);
  });
});
