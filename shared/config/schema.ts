import * as z from 'zod/mini';
import { EVENT_TYPES } from '../events/event.ts';
import { PROVIDERS } from '../providers/index.ts';

const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const SPAN = /^(all|[1-9]\d{0,4}[smhdw])$/;
const ADDRESS = /^[^\s@<>]+@[^\s@<>]+$/;

const text = () => z.string().check(z.minLength(1, 'must not be empty'));
const id = () => z.string().check(z.regex(ID, 'must be letters, digits, - and _, at most 64, starting with no sign'));
const address = () => z.string().check(z.regex(ADDRESS, 'must be an e-mail address'));
const ids = () => z.array(text()).check(z.minLength(1, 'must name at least one, or be ["*"]'));

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

const filter = {
  events: z.optional(z.array(z.enum(EVENT_TYPES))),
  connections: z.optional(ids()),
  campaigns: z.optional(ids()),
  interested: z.optional(z.boolean()),
};

const Action = z.union([
  z.strictObject({ star: z.boolean() }),
  z.strictObject({ read: z.boolean() }),
  z.strictObject({ forward: z.array(address()).check(z.minLength(1, 'must name at least one address')) }),
]);

const Sink = z.discriminatedUnion('type', [
  z.strictObject({
    id: id(),
    type: z.literal('webhook'),
    url: text(),
    secret: z.union([text(), z.tuple([text(), text()])]),
    ...filter,
  }),
  z.strictObject({ id: id(), type: z.literal('stdout'), ...filter }),
  z.strictObject({ id: id(), type: z.literal('eventbridge'), bus: text(), ...filter }),
  z.strictObject({
    id: id(),
    type: z.literal('automation'),
    ...filter,
    do: z.array(Action).check(z.minLength(1, 'must hold at least one action')),
  }),
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
  allowPrivateUrls: z.optional(z.boolean()),
});

export type Config = z.infer<typeof ConfigSchema>;
export type ConnectionConfig = Config['connections'][number];
export type SinkConfig = NonNullable<Config['sinks']>[number];

/** The JSON Schema for editors; `replybus.config.schema.json` holds it. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(ConfigSchema, { target: 'draft-2020-12' });
}
