import * as z from 'zod/mini';
import { parseConfig } from '../config/parse.ts';
import { KEY_TEXT } from '../fields.ts';
import type { ApiDeps } from './deps.ts';
import { ApiProblem, quoted } from './problem.ts';
import type { Caller } from './scopes.ts';
import type { KeyTrialView, ProviderView, WrittenConfigView } from './shapes.ts';

const CONFIG_FILE = 'replybus.config.json';

const words = (text: string) => z.string().check(z.minLength(1), z.maxLength(100), z.describe(text));

export const KeyTrialBody = z.strictObject({
  provider: words('The vendor, by its id.'),
  apiKey: z
    .string()
    .check(z.minLength(1), z.maxLength(1_000), z.regex(KEY_TEXT), z.describe('Used for this trial alone.')),
});
export const FirstConfigBody = z.strictObject({
  connection: words('What the connection is to be called.'),
  provider: words('The vendor, by its id.'),
});
type FirstConfigBody = z.infer<typeof FirstConfigBody>;

/** Where its key lies in the environment. */
const variableOf = (provider: string): string => `${provider.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_API_KEY`;

export const providerViews = ({ providers }: ApiDeps): readonly ProviderView[] =>
  providers.map(({ id, label }) => ({ id, label, variable: variableOf(id) }));

function vendorNamed(deps: ApiDeps, id: string): ProviderView {
  const found = providerViews(deps).find((provider) => provider.id === id);
  if (found) return found;
  const known = deps.providers.map((provider) => provider.id).join(', ');
  throw new ApiProblem('not-found', `There is no vendor ${quoted(id)}; name one of ${known}.`);
}

/** Connects with the key, asks what it may see, and forgets it. */
export async function tryKey(deps: ApiDeps, { provider, apiKey }: z.infer<typeof KeyTrialBody>): Promise<KeyTrialView> {
  const { id } = vendorNamed(deps, provider);
  return { provider: id, ...(await deps.tryKey(id, apiKey)) };
}

/** The smallest config that does something. It names the key's place, never the key. */
function firstConfig(deps: ApiDeps, { connection, provider }: FirstConfigBody): string {
  const { id, variable } = vendorNamed(deps, provider);
  const config = {
    connections: [{ id: connection, provider: id, apiKey: `env:${variable}` }],
    sinks: [{ id: 'terminal', type: 'stdout' }],
  };
  parseConfig(config, CONFIG_FILE);
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Writes it where none is yet. Files of this machine are its own command line's, and that of the page it opened. */
export async function writeFirstConfig(
  deps: ApiDeps,
  { by }: Pick<Caller, 'by'>,
  body: FirstConfigBody,
): Promise<WrittenConfigView> {
  if (!deps.writeConfig)
    throw new ApiProblem('unsupported', 'A deployment has no file to write; apply a config with "replybus apply".');
  if (by === 'api')
    throw new ApiProblem('not-allowed', 'A config is written from the page that "npm start" opens alone.');
  const config = firstConfig(deps, body);
  return { file: await deps.writeConfig(CONFIG_FILE, config), config };
}
