import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { GONE_ATTRIBUTE, tableDefinition } from '../../adapters/dynamodb/table.ts';
import { buildFunction, FUNCTIONS } from '../../lambdas/packaging/build.ts';
import { METRICS } from '../../lambdas/runtime/metrics.ts';
import { FOLDER, packageAll } from './packaged.ts';
import { type Lint, loadTemplateLint, type Template } from './template-lint.ts';
import { breaches } from './template-rules.ts';

const ZIP_BYTES_MAX = 1024 * 1024;

let template: Template;
let lint: Lint;
let digests: readonly string[];

const digestsOf = () =>
  FUNCTIONS.map((name) =>
    createHash('sha256')
      .update(readFileSync(join(FOLDER, `${name}.zip`)))
      .digest('hex'),
  );

beforeAll(async () => {
  packageAll();
  digests = digestsOf();
  template = packageAll();
  lint = await loadTemplateLint();
}, 120_000);

type Draft = { Resources: Record<string, { Type: string; Properties: Record<string, never> }> };

/** The findings in the real template with one fault put into it. */
function seeded(fault: (draft: Draft) => void): readonly string[] {
  const draft = structuredClone(template) as unknown as Draft;
  fault(draft);
  const changed = draft as unknown as Template;
  return [...lint(changed), ...breaches(changed)];
}

/** The resource's properties, to be spoilt. */
// biome-ignore lint/suspicious/noExplicitAny: a fault is put in wherever it is wanted
const of = ({ Resources }: Draft, name: string): any => Resources[name]?.Properties;

const sub = (text: string) => ({ 'Fn::Sub': text.replaceAll('<', '$'.concat('{')).replaceAll('>', '}') });

describe('the packages', () => {
  it('are byte-identical when made again', () => {
    expect(digestsOf()).toEqual(digests);
  });

  it('hold one function and what it imports, and nothing of another edge', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'replybus-bundle-'));
    for (const name of FUNCTIONS) {
      const inputs = Object.keys(await buildFunction(name, join(folder, name)));
      const strange = inputs.filter(
        (file) =>
          !new RegExp(
            `^(shared|adapters/(node|dynamodb|aws)|lambdas/(runtime|services|functions/${name})|node_modules)/`,
          ).test(file),
      );
      expect(
        strange.filter((file) => !file.startsWith('<')),
        name,
      ).toEqual([]);
      expect(inputs.filter((file) => /node_modules\/(dynalite|commander|osls|esbuild|vitest)\//.test(file))).toEqual(
        [],
      );
    }
    rmSync(folder, { recursive: true });
  });

  it.each(['tick', 'poll'])('of %s hold nothing that only acts: it would pay for it at each start', async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'replybus-bundle-'));
    const inputs = Object.keys(await buildFunction(name, folder));
    rmSync(folder, { recursive: true });
    const acts = /^shared\/(app\/(acting|api|sinks|sending|doctor)|api|sinks|forwarding)\b|^adapters\/aws\//;
    expect(inputs.filter((file) => acts.test(file))).toEqual([]);
  });

  it('are at most 1 MB each', () => {
    for (const name of FUNCTIONS) expect(statSync(join(FOLDER, `${name}.zip`)).size, name).toBeLessThan(ZIP_BYTES_MAX);
  });
});

describe('the template', () => {
  it('has no finding against the CloudFormation registry', () => {
    expect(lint(template)).toEqual([]);
  });

  it('breaks no rule of ours', () => {
    expect(breaches(template)).toEqual([]);
  });

  it('makes the table that the store is written for', () => {
    const { TableName: _, ...definition } = tableDefinition('any');
    expect(template.Resources.Table?.Properties).toMatchObject(definition);
    expect(template.Resources.Table?.Properties?.TimeToLiveSpecification).toEqual({
      AttributeName: GONE_ATTRIBUTE,
      Enabled: true,
    });
  });

  it('has alarms and dashboard only on metrics that are written', () => {
    const text = JSON.stringify(template.Resources);
    const alarmed = Object.values(template.Resources)
      .filter(({ Type, Properties }) => Type === 'AWS::CloudWatch::Alarm' && Properties?.Namespace === 'Replybus')
      .map(({ Properties }) => Properties?.MetricName);
    const drawn = [...text.matchAll(/\[\\"Replybus\\", \\"(\w+)\\"/g)].map(([, name]) => name);
    expect(alarmed.length).toBeGreaterThan(0);
    expect(drawn.length).toBeGreaterThan(0);
    expect([...alarmed, ...drawn].filter((name) => !Object.hasOwn(METRICS, String(name)))).toEqual([]);
  });

  it('has an alarm for each way of standing still', () => {
    const alarms = Object.keys(template.Resources).filter((name) => name.endsWith('Alarm'));
    expect(alarms.sort()).toEqual([
      'BrokenAlarm',
      'DeadLettersAlarm',
      'ErrorsAlarm',
      'NeedsDecisionAlarm',
      'ParkedAlarm',
      'PollLagAlarm',
      'SweepStoppedAlarm',
      'UnauthorizedAlarm',
    ]);
  });

  it('has a dashboard whose body is JSON', () => {
    const body = template.Resources.Dashboard?.Properties?.DashboardBody as { readonly 'Fn::Sub': string };
    const { widgets } = JSON.parse(body['Fn::Sub']) as { readonly widgets: readonly unknown[] };
    expect(widgets).toHaveLength(7);
  });
});

describe('the lint', () => {
  const faults: readonly (readonly [name: string, fault: (draft: Draft) => void, finding: RegExp])[] = [
    [
      'an unknown type',
      (draft) => Object.assign(draft.Resources.Jobs ?? {}, { Type: 'AWS::SQS::Que' }),
      /unknown type/,
    ],
    ['an unknown property', (draft) => (of(draft, 'Jobs').VisibilityTimeOut = 360), /unknown property/],
    [
      'an unknown property further down',
      (draft) => (of(draft, 'TickSchedule').Target.RetryPolicy.Attempts = 1),
      /unknown property Attempts/,
    ],
    ['a missing property', (draft) => delete of(draft, 'TickSchedule').Target.Arn, /missing property Arn/],
    ['a value of another type', (draft) => (of(draft, 'Jobs').VisibilityTimeout = 'long'), /not of type/],
    ['a value outside its list', (draft) => (of(draft, 'TickSchedule').State = 'ON'), /not allowed/],
    ['a dangling Ref', (draft) => (of(draft, 'ParkedAlarm').AlarmActions = [{ Ref: 'Alarm' }]), /there is no Alarm/],
    [
      'a dangling GetAtt',
      (draft) => (of(draft, 'PollEventSourceMappingSQSJobs').EventSourceArn = { 'Fn::GetAtt': ['Queue', 'Arn'] }),
      /there is no Queue/,
    ],
    [
      'an attribute that is not there',
      (draft) => (of(draft, 'TickLambdaFunction').Role = { 'Fn::GetAtt': ['TickRole', 'Name'] }),
      /no attribute/,
    ],
    ['a dangling Sub', (draft) => (of(draft, 'Dashboard').DashboardBody = sub('{"<Tabel>": 1}')), /there is no Tabel/],
    [
      'a dangling DependsOn',
      (draft) => Object.assign(draft.Resources.Dashboard ?? {}, { DependsOn: 'Nothing' }),
      /which is not there/,
    ],
    [
      'an action with a star',
      (draft) => (of(draft, 'PollRole').Policies[0].PolicyDocument.Statement[1].Action = 'dynamodb:*'),
      /action dynamodb:\*/,
    ],
    [
      'a resource that is a star',
      (draft) => (of(draft, 'PollRole').Policies[0].PolicyDocument.Statement[1].Resource = '*'),
      /resource "\*"/,
    ],
    [
      'every parameter of the account',
      (draft) =>
        (of(draft, 'ApiRole').Policies[0].PolicyDocument.Statement[3].Resource = sub(
          'arn:aws:ssm:<AWS::Region>:<AWS::AccountId>:parameter/*',
        )),
      /resource/,
    ],
    [
      'a sender that may delete',
      (draft) => of(draft, 'SweepRole').Policies[0].PolicyDocument.Statement[1].Action.push('dynamodb:DeleteItem'),
      /may forget a send/,
    ],
    [
      'a role for two functions',
      (draft) => (of(draft, 'ApiLambdaFunction').Role = { 'Fn::GetAtt': ['SweepRole', 'Arn'] }),
      /more than one function/,
    ],
    [
      'a queue that shows a message too soon',
      (draft) => (of(draft, 'Jobs').VisibilityTimeout = 300),
      /hides a message/,
    ],
    ['a queue without dead letters', (draft) => delete of(draft, 'Jobs').RedrivePolicy, /no dead-letter queue/],
    [
      'a stream without dead letters',
      (draft) => delete of(draft, 'DeliverEventSourceMappingDynamodbTable').DestinationConfig,
      /no dead-letter queue/,
    ],
    [
      'a schedule without dead letters',
      (draft) => delete of(draft, 'SweepSchedule').Target.DeadLetterConfig,
      /no dead-letter queue/,
    ],
    [
      'a record tried for ever',
      (draft) => delete of(draft, 'DeliverEventSourceMappingDynamodbTable').MaximumRetryAttempts,
      /for ever/,
    ],
    [
      'a batch that fails whole',
      (draft) => delete of(draft, 'PollEventSourceMappingSQSJobs').FunctionResponseTypes,
      /no partial batch/,
    ],
    [
      'a table that can be deleted',
      (draft) => (of(draft, 'Table').DeletionProtectionEnabled = false),
      /deletion protection/,
    ],
    [
      'a table without recovery',
      (draft) => delete of(draft, 'Table').PointInTimeRecoverySpecification,
      /point-in-time recovery/,
    ],
    ['logs kept for ever', (draft) => delete of(draft, 'ApiLogGroup').RetentionInDays, /kept for ever/],
  ];

  it.each(faults)('finds %s', (_name, fault, finding) => {
    const findings = seeded(fault);
    expect(findings.join('\n')).toMatch(finding);
  });
});
