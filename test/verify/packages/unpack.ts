import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKED } from './paths.ts';
import { FUNCTIONS } from './template.ts';
import { unzip } from './unzip.ts';

/** Each function's zip in a folder of its own, and the template beside them. */
export function unpack(): string {
  const folder = mkdtempSync(join(tmpdir(), 'replybus-zips-'));
  for (const name of FUNCTIONS) unzip(join(PACKED, `${name}.zip`), join(folder, name));
  copyFileSync(join(PACKED, 'cloudformation-template-update-stack.json'), join(folder, 'template.json'));
  return folder;
}
