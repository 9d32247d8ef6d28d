import { randomBytes } from 'node:crypto';
import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { dynamoStore } from '../../adapters/dynamodb/store.ts';
import { systemClock } from '../../adapters/node/clock.ts';
import type { NewTokenView } from '../../shared/api/shapes.ts';
import { createToken, type TokenWish } from '../../shared/api/tokens.ts';
import { UserError } from '../../shared/failure.ts';
import { type AwsClients, awsTrouble, checkStage, tableOf } from './clients.ts';

const SECRET_BYTES = 24;

/** The first token of a deployment's API; whoever has it makes and revokes further ones through the API itself. */
export async function createStageToken(
  stage: string,
  wish: TokenWish,
  { dynamo }: Pick<AwsClients, 'dynamo'>,
): Promise<NewTokenView> {
  checkStage(stage);
  const store = dynamoStore(dynamo, tableOf(stage), () => systemClock.now(), 'mark');
  const newSecret = () => randomBytes(SECRET_BYTES).toString('base64url');
  try {
    return await createToken({ store, clock: systemClock, newSecret }, wish);
  } catch (error) {
    if (error instanceof ResourceNotFoundException)
      throw new UserError(`There is no table ${tableOf(stage)} in this account and region; deploy ${stage} first.`, 1);
    throw new UserError(awsTrouble(error, `write to the table ${tableOf(stage)}`), 1);
  }
}
