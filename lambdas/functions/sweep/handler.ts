import { systemClock } from '../../../adapters/node/clock.ts';
import { ActingWorld, duePorts, reportWork } from '../../runtime/acting.ts';
import { lambdaFunction } from '../../runtime/function.ts';
import { sweep } from '../../runtime/work.ts';

/** The next sweep begins a minute after this one. */
const BEGIN_MS = 50_000;

let world: ActingWorld | undefined;

/** Once a minute: deliveries and sends that are due, whatever became of their wake-ups. */
export const handler = lambdaFunction<unknown, void>(async (_event, container) => {
  world ??= new ActingWorld(container);
  const acting = await world.open();
  if (!acting) return container.lines.info('config.missing');
  reportWork(container, await sweep(duePorts(container, acting), systemClock.now() + BEGIN_MS));
});
