import { setRead } from '../../shared/acting/read-marks.ts';
import { UserError } from '../../shared/failure.ts';
import type { Provider } from '../../shared/provider.ts';
import { MARKED, outputFieldsOf, sampleOf } from '../catalogue.ts';
import { openEdge } from '../edge.ts';
import { told } from '../errors.ts';
import { MARK_READ } from '../faces.ts';
import { notice, THREAD } from '../fields.ts';
import { threadIdOf } from '../input.ts';
import type { Bundle, Create, InputField, Z } from '../platform.ts';
import { connectionField, wantedConnection } from './deployed.ts';
import { ONE_AT_A_TIME, throttleFor } from './throttle.ts';

const notOffered = (label: string) => `${label} has no read marks that could be set; open the thread there.`;

async function perform(z: Z, bundle: Bundle, providers: readonly Provider[]) {
  const threadId = threadIdOf(bundle);
  const { connection, provider, deployment } = openEdge(z, bundle, providers, { operation: 'mark_read' });
  if (!connection.readMarks) throw new UserError(notOffered(provider.label));
  if (!deployment) return { id: threadId, read: await setRead(connection, threadId, true) };
  const id = await deployment.connectionFor(wantedConnection(bundle));
  return { id: threadId, read: await deployment.markRead(id, threadId) };
}

async function form(z: Z, bundle: Bundle, providers: readonly Provider[]): Promise<readonly InputField[]> {
  const { connection, provider } = openEdge(z, bundle, providers, { operation: 'mark_read' });
  return connection.readMarks ? [] : [notice(`**This will not work.** ${notOffered(provider.label)}`)];
}

/** Undefined where no provider of the app has read marks. */
export function markRead(providers: readonly Provider[]): Create | undefined {
  if (!providers.some(({ supports }) => supports.has('readMarks'))) return undefined;
  return {
    ...MARK_READ,
    operation: {
      perform: told((z, bundle) => perform(z, bundle, providers)),
      inputFields: [THREAD, told((z, bundle) => form(z, bundle, providers)), connectionField(providers)],
      outputFields: outputFieldsOf(MARKED),
      sample: sampleOf(MARKED),
      ...ONE_AT_A_TIME,
      ...throttleFor(providers),
    },
  };
}
