import * as z from 'zod/mini';
import { BASE_URL, id, ids, text } from '../fields.ts';
import { PROVIDERS } from '../providers/index.ts';

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
  baseUrl: z.optional(text(BASE_URL)),
  campaigns: z.optional(ids()),
  backfill: z.optional(z.string().check(z.regex(SPAN, 'must be "all" or a span such as "24h" or "7d"'))),
  paused: z.optional(z.boolean()),
  sending: z.optional(Sending),
});

export const Connections = z.array(Connection).check(z.minLength(1, 'must hold at least one connection'));

const SECONDS_MAX = 86_400;
export const SECONDS = `must be whole seconds, from 1 to ${SECONDS_MAX}`;

export const Poll = z.strictObject({
  everySeconds: z.optional(
    z.number().check(z.gte(1, SECONDS), z.lte(SECONDS_MAX, SECONDS), z.meta({ type: 'integer' })),
  ),
});

/** What polling needs of a config, and no more: it starts without the forms of sinks, and is not held up by one. */
export const PolledConfigSchema = z.object({ connections: Connections, poll: z.optional(Poll) });

export type PolledConfig = z.infer<typeof PolledConfigSchema>;
export type ConnectionConfig = PolledConfig['connections'][number];
