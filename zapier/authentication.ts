import { checkSmtpUrl } from '../adapters/node/smtp-url.ts';
import { ProviderError, UserError } from '../shared/failure.ts';
import type { Provider } from '../shared/provider.ts';
import { openEdge } from './edge.ts';
import { told } from './errors.ts';
import type { Bundle, InputField, Perform, Z } from './platform.ts';

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

/** What only some actions need, and of which providers. */
function optionalFields(providers: readonly Provider[]): readonly InputField[] {
  const without = (capability: 'forwards' | 'stars') =>
    providers.filter(({ supports }) => !supports.has(capability)).map(({ label }) => label);
  const stars = without('stars');
  const forwards = without('forwards');
  const why = stars.length > 0 ? ` Stars of ${stars.join(' and ')} are kept there.` : '';
  const fields: InputField[] = [
    {
      key: 'replybusUrl',
      label: 'Replybus URL',
      type: 'string',
      isNoSecret: true,
      placeholder: 'https://replybus.acme.example',
      helpText: `Optional: the address of your own Replybus, which keeps a record of every send.${why}`,
    },
    {
      key: 'replybusToken',
      label: 'Replybus Token',
      type: 'password',
      helpText: 'Needed with a Replybus URL; `replybus token create zapier` makes one.',
    },
  ];
  if (forwards.length === 0) return fields;
  const smtp: InputField = {
    key: 'smtpUrl',
    label: 'SMTP URL',
    type: 'password',
    helpText: `Optional: your mail server, through which threads of ${forwards.join(' and ')} are forwarded, like \`smtps://user:password@mail.acme.example:465\`.`,
  };
  return [...fields, smtp];
}

/** Tells apart a wrong key, a missing scope, an account that looks empty, and what was filled in besides. */
async function test(z: Z, bundle: Bundle, providers: readonly Provider[]) {
  const { provider, connection, deployment, smtpUrl, isTest } = openEdge(z, bundle, providers, 1);
  const { warning } = await connection.verify();
  // The one sign of a wrong key that some vendors give.
  if (warning !== undefined) throw new UserError(warning, 1);
  const problem = smtpUrl === undefined ? undefined : checkSmtpUrl(smtpUrl, { allowPrivate: isTest });
  if (problem !== undefined) throw new UserError(`The SMTP URL cannot be used. ${problem}`);
  await deployment?.verify();
  return {
    provider: provider.id,
    provider_name: provider.label,
    campaigns: await campaignCount(connection),
    replybus: deployment ? 'yes' : 'no',
  };
}

/** A key that may not list campaigns still works: ids of campaigns can be typed. */
async function campaignCount(connection: ReturnType<Provider['connect']>): Promise<string> {
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
      ...optionalFields(providers),
    ],
    connectionLabel: '{{provider_name}} ({{campaigns}})',
    test: told((z, bundle) => test(z, bundle, providers)),
  };
}
