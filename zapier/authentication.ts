import { checkMailServer } from '../adapters/node/mail-greeting.ts';
import { ProviderError, UserError } from '../shared/failure.ts';
import type { Connection, Provider } from '../shared/provider.ts';
import { type Edge, openEdge } from './edge.ts';
import { told } from './errors.ts';
import type { Bundle, InputField, Perform, Z } from './platform.ts';

/** What a connection is called where it is chosen. */
const NAME_CHARACTERS_MAX = 60;

/** Where an owner finds the key. A provider that is not listed is explained by its label alone. */
const KEY_PAGES: Readonly<Record<string, { readonly url: string; readonly where: string }>> = {
  cohesive: { url: 'https://getcohesiveai.com/api-docs', where: 'in the settings of your account' },
  coldsend: {
    url: 'https://docs.coldsend.pro/authentication/api-keys',
    where:
      'under Settings, API Keys; give it the scopes `replies:all` and `campaigns:read` for everything this app can do',
  },
};

function keyHelp(providers: readonly Provider[]): string {
  const sentences = providers.map(({ id, label, baseUrl }) => {
    const page = KEY_PAGES[id] ?? { url: new URL(baseUrl).origin, where: 'in your account' };
    const name = providers.length === 1 ? '' : `**${label}**: `;
    return `${name}Create it ${page.where} ([how to](${page.url})).`;
  });
  return sentences.join('\n\n');
}

function providerField(providers: readonly Provider[]): readonly InputField[] {
  if (providers.length === 1) return [];
  const choices = Object.fromEntries(providers.map(({ id, label }) => [id, label]));
  return [
    {
      key: 'provider',
      label: 'Provider',
      type: 'string',
      required: true,
      isNoSecret: true,
      choices,
      helpText: 'Whose key this is. Add another connection for another account.',
    },
  ];
}

export const NAME: InputField = {
  key: 'connectionName',
  label: 'Connection Name',
  type: 'string',
  isNoSecret: true,
  placeholder: 'Sales team',
  helpText: 'Optional: what this connection is called where you choose it.',
};

export const TOKEN_HELP =
  '`replybus token create zapier` makes one, which goes along as a [bearer token](https://datatracker.ietf.org/doc/html/rfc6750).';

/** What its owner calls the connection. */
export const connectionName = ({ authData }: Bundle): string | undefined =>
  authData.connectionName?.replace(/\s+/g, ' ').trim().slice(0, NAME_CHARACTERS_MAX) || undefined;

/** What only some actions need, and of which providers. */
function optionalFields(providers: readonly Provider[]): readonly InputField[] {
  const without = (capability: 'forwards' | 'stars') =>
    providers.filter(({ supports }) => !supports.has(capability)).map(({ label }) => label);
  // An app without the action has no use for what it would need.
  const isMixed = providers.length > 1;
  const stars = isMixed ? without('stars') : [];
  const forwards = isMixed ? without('forwards') : [];
  const why = stars.length > 0 ? ` Stars of ${stars.join(' and ')} are kept there.` : '';
  const fields: InputField[] = [
    {
      key: 'replybusUrl',
      label: 'Deployment URL',
      type: 'string',
      isNoSecret: true,
      placeholder: 'https://replybus.acme.example',
      helpText: `Optional: the address of your own Replybus, which keeps a record of every send.${why}`,
    },
    {
      key: 'replybusToken',
      label: 'Deployment Token',
      type: 'password',
      helpText: `Needed with a Deployment URL; ${TOKEN_HELP}`,
    },
  ];
  if (forwards.length === 0) return fields;
  const smtp: InputField = {
    key: 'smtpUrl',
    label: 'SMTP URL',
    type: 'password',
    helpText: `Optional: your mail server, through which threads of ${forwards.join(' and ')} are forwarded, like \`smtps://user:password@mail.acme.example:465\`. Most mail services name theirs in their settings ([that of Amazon SES](https://docs.aws.amazon.com/ses/latest/dg/send-email-smtp.html)).`,
  };
  return [...fields, smtp];
}

/** Tells apart a wrong key, a missing scope, an account that looks empty, and tries what was filled in besides. */
async function test(z: Z, bundle: Bundle, providers: readonly Provider[]) {
  const { replybusUrl, replybusToken } = bundle.authData;
  if (replybusToken?.trim() && !replybusUrl?.trim())
    throw new UserError('A Deployment Token needs a Deployment URL beside it: the address of your own Replybus.');
  const edge = openEdge(z, bundle, providers, { operation: 'authentication' });
  const { provider, connection, deployment } = edge;
  const { warning } = await connection.verify();
  // The one sign of a wrong key that some vendors give.
  if (warning !== undefined) throw new UserError(warning, 1);
  const [campaigns] = await Promise.all([campaignCount(connection), checkMail(edge), deployment?.verify()]);
  return {
    provider: provider.id,
    provider_name: provider.label,
    connection_name: connectionName(bundle) ?? `${provider.label} (${campaigns})`,
    campaigns,
    replybus: deployment ? 'yes' : 'no',
  };
}

async function checkMail({ smtpUrl, isTest }: Edge): Promise<void> {
  const problem = smtpUrl === undefined ? undefined : await checkMailServer(smtpUrl, isTest);
  if (problem !== undefined) throw new UserError(`The SMTP URL cannot be used. ${problem}`);
}

/** A key that may not list campaigns still works: ids of campaigns can be typed. */
async function campaignCount(connection: Connection): Promise<string> {
  try {
    const { length } = await connection.campaigns.list();
    return length === 1 ? '1 campaign' : `${length} campaigns`;
  } catch (error) {
    if (error instanceof ProviderError && error.failure.kind === 'scope') return 'campaigns not readable';
    throw error;
  }
}

export interface Authentication {
  readonly type: 'custom';
  readonly fields: readonly InputField[];
  readonly connectionLabel: string;
  readonly test: Perform;
}

export function authenticationFor(providers: readonly Provider[]): Authentication {
  return {
    type: 'custom',
    fields: [
      ...providerField(providers),
      { key: 'apiKey', label: 'API Key', type: 'password', required: true, helpText: keyHelp(providers) },
      NAME,
      ...optionalFields(providers),
    ],
    connectionLabel: '{{connection_name}}',
    test: told((z, bundle) => test(z, bundle, providers), 'watch'),
  };
}
