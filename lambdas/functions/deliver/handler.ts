import type { DynamoDBStreamEvent } from 'aws-lambda';
import { ActingWorld, duePorts, reportWork } from '../../runtime/acting.ts';
import type { Container } from '../../runtime/container.ts';
import { lambdaFunction } from '../../runtime/function.ts';
import { changedBy, type Poison } from '../../runtime/incoming.ts';
import { workOn } from '../../runtime/work.ts';
import { deadLetter } from '../../services/dead-letters.ts';
import { type SendAll, sqsSender } from '../../services/queue.ts';

let world: ActingWorld | undefined;
let send: SendAll | undefined;

async function deadLetterAll(
  container: Container,
  { Records }: DynamoDBStreamEvent,
  poison: readonly Poison[],
): Promise<void> {
  if (poison.length === 0) return;
  send ??= sqsSender();
  const letters = poison.map(({ index, reason }) => {
    return { source: 'deliver', id: Records[index]?.eventID ?? `record ${index}`, reason };
  });
  await deadLetter(container.environment.deadLettersUrl, send, letters);
  container.lines.warn('stream.unreadable', { count: poison.length });
}

/**
 * The table's stream as a wake-up: new events are delivered, new sends are run. What is not done here stays due
 * and is found by `sweep`, so a record is never tried again for its own sake.
 */
export const handler = lambdaFunction<DynamoDBStreamEvent, void>(async (event, container) => {
  const { addresses, poison } = changedBy(event.Records);
  world ??= new ActingWorld(container);
  const acting = await world.open();
  if (acting) reportWork(container, await workOn(duePorts(container, acting), addresses));
  else container.lines.info('config.missing');
  await deadLetterAll(container, event, poison);
});
