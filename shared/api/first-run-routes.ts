import { FirstConfigBody, KeyTrialBody, providerViews, tryKey, writeFirstConfig } from './first-run.ts';
import { VENDOR_PROBLEMS } from './problem.ts';
import { type Route, route } from './route.ts';
import { KeyTrialView, ProviderList, WrittenConfigView } from './shapes.ts';
import { listed } from './views.ts';

/** From nothing, or the sandbox, to an account of one's own. */
export const FIRST_RUN_ROUTES: readonly Route[] = [
  route(
    'GET',
    '/v1/providers',
    {
      operation: 'listProviders',
      summary: 'The vendors that can be connected',
      scope: 'read',
      answer: ProviderList,
    },
    async ({ deps }) => listed(providerViews(deps)),
  ),
  route(
    'POST',
    '/v1/keys/try',
    {
      operation: 'tryKey',
      summary: 'Try a key at its vendor',
      description: 'Connects, asks what the key may see, and forgets it: the key is neither stored nor logged.',
      scope: 'admin',
      body: KeyTrialBody,
      answer: KeyTrialView,
      problems: VENDOR_PROBLEMS,
    },
    async ({ deps, body }) => await tryKey(deps, body),
  ),
  route(
    'POST',
    '/v1/config',
    {
      operation: 'writeConfig',
      summary: 'Write a first config on this machine, where there is none',
      description:
        'Into replybus.config.json in the folder where it was started. It names the environment variable of the key, never the key. For the page of the machine itself alone: no token writes files.',
      scope: 'admin',
      status: 201,
      body: FirstConfigBody,
      answer: WrittenConfigView,
      problems: ['not-found', 'conflict', 'unsupported', 'not-allowed', 'refused'],
    },
    async ({ deps, caller, body }) => await writeFirstConfig(deps, caller, body),
  ),
];
