import * as z from 'zod/mini';
import { address, BASE_URL, text } from '../fields.ts';
import type { SinkConfig } from '../sinks/define-sink.ts';
import { SINKS } from '../sinks/index.ts';
import { Connections, Poll } from './polled.ts';

/** A person opens it, so any host will do; nothing here ever calls it. */
const isPage = (url: string) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);

const typesText = SINKS.map(({ type }) => type).join(', ');
/** Said of a sink whose type is not there, or none of these; what is no object at all is said otherwise. */
const noSuchType = ({ code }: { readonly code?: string }) =>
  code === 'invalid_union' ? `must be one of ${typesText}` : undefined;

const [firstSink, ...otherSinks] = SINKS;
const Sink: z.ZodMiniType<SinkConfig> = z.discriminatedUnion(
  'type',
  [firstSink.schema, ...otherSinks.map(({ schema }) => schema)],
  { error: noSuchType },
);

export const ConfigSchema = z.strictObject({
  $schema: z.optional(z.string()),
  connections: Connections,
  sinks: z.optional(z.array(Sink)),
  poll: z.optional(Poll),
  forwarding: z.optional(z.strictObject({ smtp: text(), from: address() })),
  /** Where its page can be opened, for links to it. */
  console: z.optional(
    z.strictObject({
      url: text(BASE_URL).check(z.refine(isPage, 'must be a URL such as https://replies.acme.example')),
    }),
  ),
  allowPrivateUrls: z.optional(z.boolean()),
});

export type Config = z.infer<typeof ConfigSchema>;
export type { SinkConfig } from '../sinks/define-sink.ts';
export type { ConnectionConfig } from './polled.ts';

/** The JSON Schema for editors; `replybus.config.schema.json` holds it. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(ConfigSchema, { target: 'draft-2020-12' });
}
