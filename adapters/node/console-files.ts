import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import type { ConsoleFiles } from '../../shared/api/console.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page as it was built into a folder; undefined where it lies nowhere. */
export async function readConsole(folder: string): Promise<ConsoleFiles | undefined> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const files = await Promise.all(
    names.flatMap((name) => {
      const type = TYPES[extname(name)];
      const path = `/${name.split(sep).join('/')}`;
      const read = async (found: string) =>
        [path === '/index.html' ? '/' : path, { type: found, body: await readFile(join(folder, name)) }] as const;
      return type === undefined ? [] : [read(type)];
    }),
  );
  return files.length > 0 ? new Map(files) : undefined;
}
