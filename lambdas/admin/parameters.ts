import { GetParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';

/** Source: AWS, GetParameters takes at most ten names. */
const NAMES_MAX = 10;

/** Which of the parameters exist, and of what type. Their values are not decrypted, and not kept. */
export async function parameterTypes(ssm: SSMClient, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const types = new Map<string, string>();
  for (let from = 0; from < paths.length; from += NAMES_MAX) {
    const Names = paths.slice(from, from + NAMES_MAX);
    const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names, WithDecryption: false }));
    for (const { Name, Type } of Parameters) if (Name) types.set(Name, Type ?? 'String');
  }
  return types;
}
