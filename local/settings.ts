import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type FileTrouble, readRegularFile } from '../adapters/node/regular-file.ts';
import { parseConfig } from '../shared/config/parse.ts';
import type { Config } from '../shared/config/schema.ts';
import { UserError } from '../shared/failure.ts';

const CONFIG_FILE = 'replybus.config.json';
const DATA_DIR = '.replybus';
const DEMO_DATA_DIR = '.replybus/demo';

/** What a command works on: a config file, or the demo. */
export type Settings =
  | { readonly kind: 'config'; readonly file: string; readonly config: Config; readonly dataDir: string }
  | { readonly kind: 'demo'; readonly dataDir: string };

/** Room for a hundred thousand connections. */
const CONFIG_MEGABYTES_MAX = 16;

const TROUBLE: Readonly<Record<FileTrouble, string>> = {
  absent: 'cannot be read; check the path given with --config',
  unreadable: 'cannot be read; check the path given with --config',
  'no file': 'is no regular file; name the file itself with --config',
  'too large': `is larger than ${CONFIG_MEGABYTES_MAX} MB, which no config is; check the path given with --config`,
};

async function readConfig(file: string): Promise<Config> {
  const read = await readRegularFile(file, CONFIG_MEGABYTES_MAX * 1024 * 1024);
  if (typeof read === 'string') throw new UserError(`The config file ${file} ${TROUBLE[read]}.`);
  // Some editors begin a file with a mark of its encoding.
  const text = read.toString('utf8').replace(/^\ufeff/, '');
  return parseConfig(parseJson(text, file), file);
}

/** The parser's own sentence quotes the text, which may hold a key: only the place is taken from it. */
function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const line = position === undefined ? '' : `, line ${text.slice(0, Number(position)).split('\n').length}`;
    throw new UserError(`${file}${line}: this is not JSON; correct it, for example a missing comma or quote.`);
  }
}

export async function loadSettings(options: { readonly config?: string; readonly data?: string }): Promise<Settings> {
  const file = options.config ?? (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined);
  if (file === undefined) return { kind: 'demo', dataDir: options.data ?? DEMO_DATA_DIR };
  return { kind: 'config', file, config: await readConfig(file), dataDir: options.data ?? DATA_DIR };
}

const OWNER_ALONE = 0o600;

/** Writes a config into this folder, where none of that name is yet, and gives its whole path. */
export async function writeNewConfig(name: string, text: string): Promise<string> {
  const file = resolve(name);
  try {
    await writeFile(file, text, { flag: 'wx', mode: OWNER_ALONE });
    return file;
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const advice = isThere
      ? 'is there already; change it by hand'
      : 'cannot be written; check the rights of its folder';
    throw new UserError(`The config file ${file} ${advice}.`, 1);
  }
}
