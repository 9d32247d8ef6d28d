import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../../', import.meta.url).href;
/** Where mutated files live, as a URL to import from. */
export const SHARED = new URL('shared/', ROOT).href;

/** A fault planted in one of our files. */
export interface Fault {
  readonly name: string;
  /** From `shared/` on. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Every module that is loaded for a mutant carries its number, so that mutants share no module. */
const numberOf = (url: string | undefined) => /\?mutant=(\d+)$/.exec(url ?? '')?.[1];
const isOurs = (url: string) => url.startsWith(ROOT) && !url.includes('/node_modules/');

function mutated(source: string, { find, replace }: Fault): string {
  if (source.split(find).length !== 2) throw new Error('the text to replace does not stand in the file exactly once');
  return source.replace(find, () => replace);
}

/** From now on `file?mutant=N` loads the N-th fault's text, and so does everything it imports of ours. */
export function plant(faults: readonly Fault[]): void {
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const number = numberOf(context.parentURL);
      return number === undefined || !isOurs(resolved.url)
        ? resolved
        : { ...resolved, url: `${resolved.url}?mutant=${number}` };
    },
    load(url, context, next) {
      const fault = faults[Number(numberOf(url) ?? -1)];
      const file = url.replace(/\?.*$/, '');
      if (!fault || file !== new URL(fault.file, SHARED).href) return next(url, context);
      const source = mutated(readFileSync(fileURLToPath(file), 'utf8'), fault);
      return { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}

/** One line of JSON: what the check found (nothing: ''), or why it could not be tried. */
export async function report(name: string, check: string, finding: () => Promise<string>): Promise<void> {
  const result = await finding().then(
    (found) => ({ finding: found }),
    (error: unknown) => ({ error: String(error) }),
  );
  console.log(JSON.stringify({ name, check, ...result }));
}
