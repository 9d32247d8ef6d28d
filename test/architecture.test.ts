import { globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const BASE = ['shared/{model,ports,failure,labels,resting,fingerprint}.ts', 'shared/concurrency/*'];
const FIELDS = 'shared/fields.ts';
const ZOD = 'zod/mini';
const NODE = 'node:{*,*/*}';
const DYNAMODB = '@aws-sdk/client-dynamodb';
const LOCAL = ['shared/**', 'adapters/{node,sqlite,aws}/*', 'sandbox/*', NODE, ZOD];

/** The first row whose pattern fits a file decides what it may import; `./*` is the file's own folder. */
const MAY_IMPORT: readonly (readonly [from: string, to: readonly string[]])[] = [
  ['shared/{model,ports,failure,labels}.ts', []],
  ['shared/resting.ts', ['shared/model.ts']],
  ['shared/fingerprint.ts', ['shared/model.ts', 'node:crypto']],
  ['shared/concurrency/*', ['./*']],
  ['shared/time.ts', ['shared/model.ts']],
  [FIELDS, [ZOD]],
  ['shared/issues.ts', [ZOD]],
  ['shared/provider.ts', BASE],
  ['shared/store/*', ['./*', ...BASE, 'node:crypto']],
  [
    'shared/text/*',
    ['./*', 'shared/model.ts', 'entities/decode', 'nodemailer/lib/addressparser', 'sanitize-html', 'node:url'],
  ],
  ['shared/http/*', ['./*', ...BASE, 'shared/provider.ts', 'shared/time.ts', 'node:crypto', ZOD]],
  [
    'shared/events/*',
    [
      './*',
      ...BASE,
      'shared/provider.ts',
      'shared/store/{store,collection,keys}.ts',
      'shared/text/*',
      'node:crypto',
      ZOD,
    ],
  ],
  [
    'shared/polling/{*,*/*}',
    [
      'shared/polling/**',
      ...BASE,
      'shared/provider.ts',
      'shared/store/{store,collection,keys}.ts',
      'shared/events/*',
      'shared/outbox/record.ts',
      'node:crypto',
      'node:util',
      ZOD,
    ],
  ],
  [
    'shared/outbox/*',
    [
      './*',
      ...BASE,
      'shared/provider.ts',
      'shared/store/{store,collection,keys}.ts',
      'shared/events/*',
      'shared/http/retry-after.ts',
      'node:crypto',
      ZOD,
    ],
  ],
  [
    'shared/stats/*',
    ['./*', ...BASE, 'shared/store/{store,collection,keys,order}.ts', 'shared/outbox/{outbox,worker}.ts', ZOD],
  ],
  [
    'shared/sinks/*',
    [
      './*',
      ...BASE,
      'shared/provider.ts',
      'shared/{acting,events,sending}/*',
      'shared/outbox/{record,sink}.ts',
      // Whether a template shows a reader anything.
      'shared/text/lines.ts',
      'shared/http/retry-after.ts',
      FIELDS,
      'node:crypto',
      ZOD,
    ],
  ],
  [
    'shared/sending/*',
    [
      './*',
      ...BASE,
      'shared/provider.ts',
      'shared/store/{store,collection,keys}.ts',
      'shared/{events,text}/*',
      'shared/outbox/record.ts',
      'htmlparser2',
      'node:crypto',
      'node:url',
      ZOD,
    ],
  ],
  [
    'shared/acting/*',
    [
      './*',
      ...BASE,
      'shared/provider.ts',
      'shared/store/{store,collection,keys}.ts',
      'shared/events/*',
      'shared/outbox/record.ts',
      ZOD,
    ],
  ],
  ['shared/providers/index.ts', ['shared/provider.ts', 'shared/providers/*/index.ts']],
  [
    'shared/providers/*.ts',
    [
      './!(index).ts',
      ...BASE,
      'shared/provider.ts',
      'shared/time.ts',
      'shared/{http,text}/*',
      'node:crypto',
      'zod/v4/core',
      ZOD,
    ],
  ],
  [
    'shared/providers/*/*',
    ['./*', ...BASE, 'shared/provider.ts', 'shared/time.ts', 'shared/http/*', 'shared/providers/!(index).ts', ZOD],
  ],
  [
    'shared/config/*',
    [
      './*',
      ...BASE,
      FIELDS,
      'shared/issues.ts',
      'shared/providers/index.ts',
      'shared/sinks/{index,define-sink}.ts',
      ZOD,
    ],
  ],
  [
    'shared/api/*',
    [
      './*',
      ...BASE,
      FIELDS,
      'shared/issues.ts',
      'shared/provider.ts',
      'shared/store/{store,collection,keys}.ts',
      'shared/{acting,config,events,outbox,polling,sending,sinks,stats,text}/*',
      'shared/polling/backfill/{asked,backfill}.ts',
      // What a feed's state says of it is shown.
      'shared/polling/state/{connection,documents,troubles}.ts',
      'node:crypto',
      'hono',
      'hono/*',
      ZOD,
    ],
  ],
  [
    'shared/forwarding/*',
    [
      './*',
      ...BASE,
      'shared/provider.ts',
      'shared/sending/recipients.ts',
      'shared/text/*',
      'node:crypto',
      'nodemailer/lib/mail-composer',
    ],
  ],
  // The one place where everything is put together.
  ['shared/app/{*,doctor/*}', ['shared/**']],
  [
    'adapters/node/*',
    [
      './*',
      ...BASE,
      'shared/app/ports.ts',
      'shared/forwarding/mailer.ts',
      'shared/api/console.ts',
      NODE,
      'nodemailer',
      'nodemailer/lib/smtp-connection',
    ],
  ],
  ['adapters/dynamodb/*', ['./*', ...BASE, 'shared/store/*', DYNAMODB]],
  ['adapters/sqlite/*', ['./*', ...BASE, 'shared/store/*', NODE]],
  ['adapters/aws/*', ['./*', 'shared/sinks/ports.ts', '@aws-sdk/client-{eventbridge,sqs}']],
  // The sandbox plays the vendors from their documentation, so it must not share an adapter's reading of it.
  ['sandbox/*', ['./*', ...BASE, NODE, ZOD]],
  ['local/{*,demo/*}', ['local/**', 'console/build.ts', ...LOCAL, '@hono/node-server']],
  ['cli/*', ['cli/**', 'local/**', 'lambdas/admin/*', 'commander', ...LOCAL]],
  ['lambdas/packaging/*', ['./*', 'console/build.ts', NODE, 'esbuild']],
  [
    'lambdas/{runtime,services}/*',
    [
      'lambdas/{runtime,services}/*',
      'shared/**',
      'adapters/{node,dynamodb,aws}/*',
      '@middy/core',
      'aws-lambda',
      DYNAMODB,
      '@aws-sdk/client-{sqs,ssm}',
      NODE,
      ZOD,
    ],
  ],
  // Thin: what a function does lies in lambdas/runtime/, and what it needs of AWS in lambdas/services/.
  [
    'lambdas/functions/*/*',
    ['./*', 'lambdas/{runtime,services}/*', 'shared/**', 'adapters/node/*', 'aws-lambda', NODE],
  ],
  [
    'lambdas/admin/*',
    [
      './*',
      'lambdas/{runtime,services}/*',
      'shared/**',
      'adapters/{node,dynamodb}/*',
      DYNAMODB,
      '@aws-sdk/client-{ssm,sts}',
      NODE,
      ZOD,
    ],
  ],
  ['console/build.ts', [NODE, 'vite']],
  // In a browser: of all the rest it knows what the API's answers look like, and no more.
  ['console/src/{*,*/*}', ['console/src/**', 'shared/api/shapes.ts', 'preact', 'preact/hooks']],
  ['zapier/bundle.ts', [NODE, 'esbuild']],
  ['zapier/vitest.config.ts', ['vitest/config']],
  [
    'zapier/{*,*/*}',
    ['zapier/**', 'shared/*.ts', 'shared/!(store)/**', 'adapters/node/*', 'zapier-platform-core', NODE, ZOD],
  ],
];

interface Source {
  readonly file: string;
  readonly text: string;
}

const sources: readonly Source[] = globSync(
  [
    '{shared,adapters,local,cli,sandbox}/**/*.{ts,mjs}',
    'console/{*.ts,src/**/*.{ts,tsx}}',
    'lambdas/**/*.ts',
    'zapier/{*,*/*}.ts',
  ],
  {
    cwd: ROOT,
    exclude: (path) => path.includes('node_modules'),
  },
)
  .sort()
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');

function importsOf({ file, text }: Source): readonly string[] {
  const named = withoutComments(text).matchAll(/\b(?:from\s+|import\s+|import\(\s*)'([^']+)'/g);
  return [...named].map(([, name = '']) => (name.startsWith('.') ? join(dirname(file), name) : name));
}

const rowFor = (file: string) => MAY_IMPORT.find(([from]) => matchesGlob(file, from));

function forbidden(source: Source): readonly string[] {
  const patterns = (rowFor(source.file)?.[1] ?? []).map((to) =>
    to.startsWith('./') ? join(dirname(source.file), to) : to,
  );
  return importsOf(source)
    .filter((name) => !patterns.some((pattern) => matchesGlob(name, pattern)))
    .map((name) => `${source.file} imports ${name}`);
}

const importersOf = (pattern: string) =>
  sources.filter((source) => importsOf(source).some((name) => matchesGlob(name, pattern))).map(({ file }) => file);

const core = sources.filter(({ file }) => file.startsWith('shared/'));

/** The lines of code in which the pattern is found. */
function found(files: readonly Source[], pattern: RegExp): readonly string[] {
  return files.flatMap(({ file, text }) =>
    withoutComments(text)
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
}

/** They put together what lies in folders below them, and are what is imported of it: not a circle, though the folders use what lies beside. */
const LISTS = new Set(['shared/providers/index.ts', 'shared/sinks/index.ts', 'zapier/app.ts']);

/** Folder to folders, in order. */
function folderImports(files: readonly Source[]): ReadonlyMap<string, ReadonlySet<string>> {
  const imports = new Map<string, Set<string>>();
  for (const source of files.filter(({ file }) => !LISTS.has(file))) {
    const from = dirname(source.file);
    const to = imports.get(from) ?? new Set();
    for (const name of importsOf(source)) if (/\.(ts|mjs)$/.test(name) && dirname(name) !== from) to.add(dirname(name));
    imports.set(from, to);
  }
  return imports;
}

/** Folders that reach one another, each group once. */
function circles(imports: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const reached = (start: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    const follow = (folder: string): void => {
      for (const next of imports.get(folder) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        follow(next);
      }
    };
    follow(start);
    return seen;
  };
  const reach = new Map([...imports.keys()].map((folder) => [folder, reached(folder)]));
  const groups = [...reach.keys()].flatMap((folder) => {
    const own = [...reach.keys()].filter((other) => reach.get(folder)?.has(other) && reach.get(other)?.has(folder));
    return own.length > 1 ? [own.sort().join(' ')] : [];
  });
  return [...new Set(groups)].map((group) => group.split(' '));
}

describe('who may import whom', () => {
  it('has a row for every source file', () => {
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter(({ file }) => !rowFor(file)).map(({ file }) => file)).toEqual([]);
  });

  it('is what every import keeps to', () => {
    expect(sources.flatMap(forbidden)).toEqual([]);
  });

  it('refuses what breaks it', () => {
    const refused = (file: string, name: string) =>
      forbidden({ file, text: `import {\n  x,\n} from '${name}';` }).length === 1;
    expect(refused('shared/providers/acme/map.ts', '../cohesive/map.ts')).toBe(true);
    expect(refused('shared/polling/poller.ts', '../providers/index.ts')).toBe(true);
    expect(refused('shared/polling/poller.ts', '../../adapters/node/http.ts')).toBe(true);
    expect(refused('shared/events/event.ts', '@aws-sdk/client-dynamodb')).toBe(true);
    expect(refused('shared/new/thing.ts', '../model.ts')).toBe(true);
    expect(refused('shared/polling/poller.ts', './limits.ts')).toBe(false);
  });

  it('has no row without a file', () => {
    const used = new Set(sources.map(({ file }) => rowFor(file)));
    expect(MAY_IMPORT.filter((row) => !used.has(row)).map(([from]) => from)).toEqual([]);
  });

  it('keeps the AWS clients in their adapter and the edge that opens them', () => {
    const edges = '{adapters/aws,adapters/dynamodb,lambdas/admin,lambdas/services}/*';
    expect(importersOf('@aws-sdk/*').filter((file) => !matchesGlob(file, edges))).toEqual([]);
  });

  it('never lets the core import an edge', () => {
    expect(importersOf('{adapters,cli,local,lambdas,sandbox}/**').filter((file) => file.startsWith('shared/'))).toEqual(
      [],
    );
  });

  it('never lets the Zapier app reach the database, not even through others', () => {
    const reached = new Set<string>();
    const follow = (file: string): void => {
      const source = reached.has(file) ? undefined : sources.find((known) => known.file === file);
      reached.add(file);
      if (source) for (const name of importsOf(source)) follow(name);
    };
    follow('zapier/index.ts');
    expect(reached.size).toBeGreaterThan(50);
    expect([...reached].filter((name) => /aws-sdk|adapters\/dynamodb|shared\/store\/memory/.test(name))).toEqual([]);
  });

  it('imports zod whole, so that a bundle holds only what is used of it', () => {
    expect(found(sources, /import (type )?\{.*\bz\b.*\} from 'zod\/mini'/)).toEqual([]);
  });

  it('has no circle among folders, types included', () => {
    expect(circles(folderImports(sources))).toEqual([]);
    const circle = [
      { file: 'shared/a/x.ts', text: "import type { B } from '../b/y.ts';" },
      { file: 'shared/b/y.ts', text: "import { c } from '../c/z.ts';" },
      { file: 'shared/c/z.ts', text: "import { a } from '../a/x.ts';" },
    ];
    expect(circles(folderImports(circle))).toEqual([['shared/a', 'shared/b', 'shared/c']]);
    expect(circles(folderImports(circle.slice(1)))).toEqual([]);
  });

  it('gives each list one place that knows what is on it', () => {
    expect(importersOf('shared/providers/!(*.ts)/*').filter((file) => !/^shared\/providers\/./.test(file))).toEqual([]);
    const vendors = sources.filter(({ file }) => /^shared\/providers\/[^/]+\.ts$/.test(file));
    const knowing = vendors.filter((source) =>
      importsOf(source).some((name) => matchesGlob(name, 'shared/providers/*/*')),
    );
    expect(knowing.map(({ file }) => file)).toEqual(['shared/providers/index.ts']);
    const sinks = 'shared/sinks/{webhook,stdout,eventbridge,sqs,slack,automation}.ts';
    expect(importersOf(sinks)).toEqual(['shared/sinks/index.ts']);
  });

  it('asks no sink of which type it is', () => {
    const edges = sources.filter(({ file }) => !/^(shared\/(polling|events|providers)|sandbox|zapier)\//.test(file));
    expect(found(edges, /\btype [!=]== '(webhook|stdout|eventbridge|sqs|slack|automation)'/)).toEqual([]);
  });

  it('puts things together in shared/app/ alone', () => {
    const makers = /(?<!function )\b(createPoller|composedForwarder|composeWithStars|\w+Sink|providerNamed)\(/;
    const elsewhere = sources.filter(({ file }) => !/^(shared\/app|shared\/sinks|zapier)\//.test(file));
    const made = found(elsewhere, makers).filter((line) => !/(test|enable|disable|\bcheck)Sink\(|function /.test(line));
    expect(made).toEqual([]);
  });

  it('keeps each provider to itself', () => {
    const strangers = sources.flatMap((source) => {
      const own = /^shared\/providers\/([^/]+)\//.exec(source.file)?.[1];
      const others = importsOf(source).filter((name) => matchesGlob(name, `shared/providers/!(${own})/*`));
      return own === undefined ? [] : others.map((name) => `${source.file} imports ${name}`);
    });
    expect(strangers).toEqual([]);
  });
});

describe('the core', () => {
  it('reads no clock, no chance, no environment and no network but through its ports', () => {
    const globals =
      /\b(Date\.now\(|new Date\(\)|performance\.now\(|Math\.random\(|process\.|set(Timeout|Interval)\(|(?<!\.)fetch\()/;
    expect(
      found(
        core.filter(({ file }) => !file.startsWith('adapters/node/')),
        globals,
      ),
    ).toEqual([]);
  });

  it('is named no vendor, and neither are the edges: what is known of one lies in its folder', () => {
    const elsewhere = sources.filter(({ file }) => !/^(shared\/providers|sandbox|zapier)\//.test(file));
    expect(found(elsewhere, /cohesive|coldsend/i)).toEqual([]);
  });
});

describe('stored documents', () => {
  const product = sources.filter(({ file }) => !/^(zapier|sandbox)\//.test(file));
  const outside = (...files: readonly string[]) =>
    product.filter(({ file }) => !files.some((one) => matchesGlob(file, one)));
  /** What a document holds is `unknown`, so nobody reads it without a cast or a collection. */
  const CAST = /\bvalue\)? as (?!const\b)|\bas unknown as\b|\bvalue: \w+ as (never|unknown)\b/;
  const RAW_PUT = /\bstore\.put\(/;
  const KEY = /`[A-Z]{3,}#|\bpartition: ['"`]/;

  it('are never cast to what is hoped of them', () => {
    // What vendors say is theirs to read, and nothing stored.
    expect(found(outside('shared/providers/**'), CAST)).toEqual([]);
  });

  it('are put by their collection alone', () => {
    expect(found(outside('shared/store/*', 'local/watched-store.ts'), RAW_PUT)).toEqual([]);
  });

  it('have their keys from one file', () => {
    // The database's own index buckets are no addresses.
    expect(found(outside('shared/store/keys.ts', 'adapters/dynamodb/table.ts'), KEY)).toEqual([]);
  });

  it('would be seen to be used otherwise', () => {
    const bites = (pattern: RegExp, text: string) => found([{ file: 'shared/x.ts', text }], pattern).length === 1;
    expect(bites(CAST, 'const head = document.value as Head;')).toBe(true);
    expect(bites(CAST, 'const mark = stored?.value as unknown as Mark | undefined;')).toBe(true);
    expect(bites(CAST, 'const put = { ...address, value: send as never };')).toBe(true);
    expect(bites(CAST, "const kind = { value: 'a' as const };")).toBe(false);
    expect(bites(RAW_PUT, 'await ports.store.put(document, 0);')).toBe(true);
    expect(bites(RAW_PUT, 'await sends.put(store, document, 0);')).toBe(false);
    expect(bites(KEY, 'const partition = `SEND#`;')).toBe(true);
    expect(bites(KEY, "store.list({ partition: 'SINKS' });")).toBe(true);
    expect(bites(KEY, 'await store.list(starsPartition(id));')).toBe(false);
  });
});
