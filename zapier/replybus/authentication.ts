import { checkScopes } from '../ask.ts';
import { type Authentication, connectionName, NAME, TOKEN_HELP } from '../authentication.ts';
import { told } from '../errors.ts';
import type { Bundle, Z } from '../platform.ts';
import { connectionsOf, openPlace } from './place.ts';

/** Tells apart a wrong address, a wrong token, and one that may not do what this app does. */
async function test(zapier: Z, bundle: Bundle) {
  const place = openPlace(zapier, bundle, 'authentication');
  const scopes = await checkScopes(place.ask, ['read', 'subscribe'], 'no trigger works');
  const connections = await connectionsOf(place);
  const count = connections.length === 1 ? '1 connection' : `${connections.length} connections`;
  const host = new URL(place.base).host;
  return {
    connection_name: connectionName(bundle) ?? `${host} (${count})`,
    deployment: host,
    connections: connections.map(({ id }) => id).join(', '),
    may_act: scopes.includes('act') ? 'yes' : 'no',
  };
}

export function authentication(): Authentication {
  return {
    type: 'custom',
    fields: [
      {
        key: 'replybusUrl',
        label: 'Deployment URL',
        type: 'string',
        required: true,
        isNoSecret: true,
        placeholder: 'https://replybus.acme.example',
        helpText: 'Where your deployment answers; deploying it prints this address.',
      },
      { key: 'replybusToken', label: 'Deployment Token', type: 'password', required: true, helpText: TOKEN_HELP },
      NAME,
    ],
    connectionLabel: '{{connection_name}}',
    test: told(test, 'watch'),
  };
}
