import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '../shared/config/schema.ts';

/** Brings `replybus.config.schema.json` up to date; a test says when it is not. */
writeFileSync(
  new URL('../replybus.config.schema.json', import.meta.url),
  `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
);
