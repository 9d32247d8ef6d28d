import { readFileSync, writeFileSync } from 'node:fs';
import { configJsonSchema } from '../shared/config/schema.ts';
import { withSinksTable } from '../shared/config/sinks-table.ts';

/** Brings `replybus.config.schema.json` and the table of sinks up to date; a test says when they are not. */
const root = (path: string) => new URL(`../${path}`, import.meta.url);
writeFileSync(root('replybus.config.schema.json'), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
writeFileSync(root('docs/sinks.md'), withSinksTable(readFileSync(root('docs/sinks.md'), 'utf8')));
