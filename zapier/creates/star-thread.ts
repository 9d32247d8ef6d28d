import { UserError } from '../../shared/failure.ts';
import type { Provider } from '../../shared/provider.ts';
import { outputFieldsOf, STARRED, sampleOf } from '../catalogue.ts';
import { type Edge, isOffered, openEdge } from '../edge.ts';
import { told } from '../errors.ts';
import { STAR_THREAD } from '../faces.ts';
import { notice, STARRED_OR_NOT, THREAD } from '../fields.ts';
import { flagOf, threadIdOf } from '../input.ts';
import type { Bundle, Create, InputField, Z } from '../platform.ts';
import { connectionField, wantedConnection } from './deployed.ts';
import { ONE_AT_A_TIME, throttleFor } from './throttle.ts';

const needsMore = (label: string) =>
  `${label} has no stars of its own. Add your own Replybus (Deployment URL and Token) to the connection, which keeps them.`;

async function starredAt(edge: Edge, bundle: Bundle, threadId: string, starred: boolean): Promise<boolean> {
  const { deployment, connection, provider } = edge;
  if (deployment) {
    const id = await deployment.connectionFor(wantedConnection(bundle));
    return await deployment.setStarred(id, threadId, starred);
  }
  if (!connection.stars) throw new UserError(needsMore(provider.label));
  return await connection.stars.setStarred(threadId, starred);
}

async function perform(z: Z, bundle: Bundle, providers: readonly Provider[]) {
  const threadId = threadIdOf(bundle);
  const starred = flagOf(bundle, 'starred', 'Starred') ?? true;
  const edge = openEdge(z, bundle, providers, { operation: 'star_thread' });
  const seen = await starredAt(edge, bundle, threadId, starred);
  if (seen !== starred) throw new UserError('The star is being changed by others at the same time; try again.', 1);
  return { id: threadId, starred: seen };
}

async function form(z: Z, bundle: Bundle, providers: readonly Provider[]): Promise<readonly InputField[]> {
  const { connection, provider, deployment } = openEdge(z, bundle, providers, { operation: 'star_thread' });
  return connection.stars || deployment ? [] : [notice(`**This will not work yet.** ${needsMore(provider.label)}`)];
}

/** Undefined in the app of a vendor that has no stars of its own. */
export function starThread(providers: readonly Provider[]): Create | undefined {
  if (!isOffered(providers, 'stars')) return undefined;
  return {
    ...STAR_THREAD,
    operation: {
      perform: told((z, bundle) => perform(z, bundle, providers)),
      inputFields: [
        THREAD,
        STARRED_OR_NOT,
        told((z, bundle) => form(z, bundle, providers)),
        connectionField(providers),
      ],
      outputFields: outputFieldsOf(STARRED),
      sample: sampleOf(STARRED),
      ...ONE_AT_A_TIME,
      ...throttleFor(providers),
    },
  };
}
