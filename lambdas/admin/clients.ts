import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { UserError } from '../../shared/failure.ts';

/** The services a deployment is looked at through, with the region and the credentials of whoever runs the command. */
export interface AwsClients {
  readonly dynamo: DynamoDBClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
}

const STAGE = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;

export function checkStage(stage: string): void {
  if (STAGE.test(stage)) return;
  throw new UserError(
    `"${stage.slice(0, 40)}" is no name for a stage; use letters, digits and -, such as dev or prod.`,
  );
}

/** As serverless.yml names it. */
export const tableOf = (stage: string): string => `replybus-${stage}`;

export function awsClients(): AwsClients {
  return { dynamo: new DynamoDBClient({}), ssm: new SSMClient({}), sts: new STSClient({}) };
}

const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);
const REFUSED = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'ExpiredTokenException',
  'ExpiredToken',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
]);
const FORBIDDEN = new Set(['AccessDeniedException', 'AccessDenied']);

/** Why a call to AWS failed, as a sentence with what to do. Never the SDK's own words, which may name more than they should. */
export function awsTrouble(error: unknown, doing: string): string {
  const name = error instanceof Error ? error.name : 'unknown';
  const words = error instanceof Error ? error.message : '';
  if (/region is missing/i.test(words)) return 'No AWS region is set; set AWS_REGION, for example to eu-west-1.';
  if (NO_CREDENTIALS.has(name))
    return 'No AWS credentials were found; sign in with "aws sso login" or set AWS_PROFILE, then try again.';
  if (REFUSED.has(name)) return 'AWS does not accept these credentials; sign in again, then try again.';
  if (FORBIDDEN.has(name)) return `These AWS credentials may not ${doing}; use a role that may.`;
  return `AWS could not be asked to ${doing} (${name}); try again, and check the network.`;
}
