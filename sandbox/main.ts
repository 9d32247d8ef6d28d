import { parseArgs } from 'node:util';
import { UserError } from '../shared/failure.ts';
import { type RunningSandbox, startSandbox } from './server.ts';
import { DEMO_KEYS } from './switches.ts';

const PORT_DEFAULT = '4010';
const USAGE = 'Usage: npm run sandbox -- [--port N] [--seed N] [--data FILE]';

function whole(name: string, given: string, max: number): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new UserError(`--${name} ${given} is not a whole number from 0 to ${max}; give one.`);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: PORT_DEFAULT },
        seed: { type: 'string', default: '1' },
        data: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : 'Wrong arguments'}. ${USAGE}`);
  }
}

function samples({ urls, world }: RunningSandbox): string {
  const campaign = [...world.campaigns.values()].find(({ vendor }) => vendor !== 'coldsend');
  const thread = [...world.threads.values()].find(({ vendor }) => vendor !== 'cohesive');
  const cohesive = `curl -H "x-api-key: ${DEMO_KEYS.cohesive}" "${urls.cohesive}`;
  const coldsend = `curl -H "X-API-Key: ${DEMO_KEYS.coldsend}" "${urls.coldsend}`;
  const json = '-H "Content-Type: application/json"';
  const threadCalls = thread
    ? [
        `${coldsend}/replies/threads/${thread.id}/messages"`,
        `${coldsend}/replies/threads/${thread.id}/reply" ${json} -d '{"body": "Happy to set up a call!"}'`,
        `${coldsend}/replies/threads/${thread.id}/star" -X PATCH`,
      ]
    : [];
  const campaignCalls = campaign
    ? [
        `${cohesive}/${campaign.id}/inbox/replies?offset=0"`,
        `${cohesive}/${campaign.id}/conversation?leadEmail=jane@example.com"`,
      ]
    : [];
  return [
    `Cohesive  ${urls.cohesive}  key ${DEMO_KEYS.cohesive}`,
    `ColdSend  ${urls.coldsend}  key ${DEMO_KEYS.coldsend}`,
    '',
    `${cohesive}/campaigns"`,
    ...campaignCalls,
    '',
    `${coldsend}/replies?page=1&limit=20&is_read=false"`,
    ...threadCalls,
    '',
    'Make it misbehave, and see what was sent through it:',
    `curl "${urls.control}/switches"`,
    `curl -X PATCH ${json} -d '{"errorRate": 0.2, "latencyMs": 300}' "${urls.control}/switches"`,
    `curl "${urls.control}/outbox"`,
  ].join('\n');
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given.help) {
    console.log(USAGE);
    return;
  }
  const sandbox = await startSandbox({
    port: whole('port', given.port, 65_535),
    seed: whole('seed', given.seed, Number.MAX_SAFE_INTEGER),
    lively: true,
    ...(given.data === undefined ? {} : { dataFile: given.data }),
  });
  console.log(samples(sandbox));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sandbox.stop());
}

main().catch((error: unknown) => {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
});
