import * as z from 'zod/mini';
import { address, id, ids, text } from '../fields.ts';
import { PROVIDERS } from '../providers/index.ts';
import type { SinkConfig } from '../sinks/define-sink.ts';
import { SINKS } from '../sinks/index.ts';

const SPAN = /^(all|[1-9]\d{0,4}[smhdw])$/;

/** The ids of a day's sends are kept in one document. */
const MAILS_MAX = 2_000;

const mails = () => z.int().check(z.gte(1, 'must be 1 or more'), z.lte(MAILS_MAX, `must be at most ${MAILS_MAX}`));

const Sending = z.strictObject({
  /** The kill switch: nothing is sent through this connection. */
  off: z.optional(z.boolean()),
  perDay: z.optional(mails()),
  perConversationPerDay: z.optional(mails()),
});

const Connection = z.strictObject({
  id: id(),
  provider: z.enum(PROVIDERS.map((provider) => provider.id)),
  apiKey: text(),
  baseUrl: z.optional(text()),
  campaigns: z.optional(ids()),
  backfill: z.optional(z.string().check(z.regex(SPAN, 'must be "all" or a span such as "24h" or "7d"'))),
  paused: z.optional(z.boolean()),
  sending: z.optional(Sending),
});

/** A person opens it, so any host will do; nothing here ever calls it. */
const isPage = (url: string) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);

const [firstSink, ...otherSinks] = SINKS;
const Sink: z.ZodMiniType<SinkConfig> = z.discriminatedUnion('type', [
  firstSink.schema,
  ...otherSinks.map(({ schema }) => schema),
]);

export const ConfigSchema = z.strictObject({
  $schema: z.optional(z.string()),
  connections: z.array(Connection).check(z.minLength(1, 'must hold at least one connection')),
  sinks: z.optional(z.array(Sink)),
  poll: z.optional(
    z.strictObject({
      everySeconds: z.optional(z.number().check(z.gte(1, 'must be 1 or more'), z.lte(86_400, 'must be at most 86400'))),
    }),
  ),
  forwarding: z.optional(z.strictObject({ smtp: text(), from: address() })),
  /** Where its page can be opened, for links to it. */
  console: z.optional(
    z.strictObject({ url: z.string().check(z.refine(isPage, 'must be a URL such as https://replies.acme.example')) }),
  ),
  allowPrivateUrls: z.optional(z.boolean()),
});

export type Config = z.infer<typeof ConfigSchema>;
export type ConnectionConfig = Config['connections'][number];
export type { SinkConfig } from '../sinks/define-sink.ts';

/** The JSON Schema for editors; `replybus.config.schema.json` holds it. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(ConfigSchema, { target: 'draft-2020-12' });
}
