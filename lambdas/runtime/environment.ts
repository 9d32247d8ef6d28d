/** What a deployed function knows from its environment. No secret is ever in it. */
export interface Environment {
  readonly stage: string;
  readonly function: string;
  readonly table: string;
  /** Where jobs to poll a shard go. */
  readonly jobsUrl?: string;
  /** Where what nobody can read goes, with the reason. */
  readonly deadLettersUrl?: string;
  /** Loopback and plain http, for running the packages against the sandbox; never set by a deployment. */
  readonly allowPrivate: boolean;
}

export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const table = env.REPLYBUS_TABLE;
  if (!table) throw new Error('REPLYBUS_TABLE is not set');
  const { REPLYBUS_JOBS_URL: jobsUrl, REPLYBUS_DEAD_LETTERS_URL: deadLettersUrl } = env;
  return {
    stage: env.REPLYBUS_STAGE ?? 'dev',
    function: env.AWS_LAMBDA_FUNCTION_NAME ?? 'local',
    table,
    allowPrivate: env.REPLYBUS_ALLOW_PRIVATE === 'true',
    ...(jobsUrl ? { jobsUrl } : {}),
    ...(deadLettersUrl ? { deadLettersUrl } : {}),
  };
}
