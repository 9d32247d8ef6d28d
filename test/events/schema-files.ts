import { mkdir, writeFile } from 'node:fs/promises';
import { z } from 'zod/mini';
import { EVENT_SCHEMAS, EVENT_TYPES } from '../../shared/events/event.ts';

export const SCHEMA_FOLDER = new URL('../../docs/events/', import.meta.url);

/** File name and content of the JSON Schema of every event type. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map(
    EVENT_TYPES.map((type) => {
      // As a reader takes it: a field added later must not make an event invalid.
      const { $schema, ...schema } = z.toJSONSchema(EVENT_SCHEMAS[type], { io: 'input' });
      return [`${type}.schema.json`, `${JSON.stringify({ $schema, title: type, ...schema }, null, 2)}\n`];
    }),
  );
}

// `npx node test/events/schema-files.ts` writes the files anew.
if (import.meta.main) {
  await mkdir(SCHEMA_FOLDER, { recursive: true });
  for (const [name, content] of schemaFiles()) await writeFile(new URL(name, SCHEMA_FOLDER), content);
}
