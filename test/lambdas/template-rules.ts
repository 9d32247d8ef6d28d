import type { Template, TemplateResource } from './template-lint.ts';

/** What a correct template may still get wrong: rights that are too wide, queues and functions that lose things. */

interface Statement {
  readonly Effect: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: unknown;
}

interface Named extends TemplateResource {
  readonly name: string;
}

const ofType = ({ Resources }: Template, type: string): readonly Named[] =>
  Object.entries(Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([name, resource]) => ({ name, ...resource }));

const list = <Item>(value: Item | readonly Item[] | undefined): readonly Item[] =>
  value === undefined ? [] : ([value].flat() as readonly Item[]);

/** Of what a GetAtt or Ref names; undefined for anything else. */
function named(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { Ref, 'Fn::GetAtt': got } = value as { readonly Ref?: string; readonly 'Fn::GetAtt'?: readonly string[] };
  return Ref ?? got?.[0];
}

function statementsOf({ Properties }: Named): readonly Statement[] {
  const policies = (Properties?.Policies ?? []) as readonly { PolicyDocument: { Statement: readonly Statement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** A star may stand once, at the end, below a path of at least one name, or after the beginning of a queue's name: everything under one name of ours. */
const isTooWide = (resource: unknown): boolean => {
  const text = JSON.stringify(resource);
  return text.includes('*') && !/:(parameter\/[A-Za-z0-9_-]+\/|replybus-sink-)\*"\}?$/.test(text);
};

/** Actions through which a mail leaves are rights of a role that must never be able to forget a send. */
const FORGETS = ['dynamodb:DeleteItem', 'dynamodb:DeleteTable', 'dynamodb:BatchWriteItem', 'dynamodb:*', '*'];

function wideRights(template: Template): readonly string[] {
  return ofType(template, 'AWS::IAM::Role').flatMap((role) =>
    statementsOf(role).flatMap(({ Effect, Action, Resource }) => {
      if (Effect !== 'Allow') return [];
      const actions = list(Action).filter((action) => action.includes('*'));
      const resources = list<unknown>(Resource).filter(isTooWide);
      return [
        ...actions.map((action) => `${role.name}: action ${action}`),
        ...resources.map((resource) => `${role.name}: resource ${JSON.stringify(resource)}`),
        ...(Resource === undefined ? [`${role.name}: a statement for no resource`] : []),
      ];
    }),
  );
}

function forgettingRoles(template: Template): readonly string[] {
  return ofType(template, 'AWS::IAM::Role').flatMap((role) =>
    statementsOf(role)
      .flatMap(({ Action }) => list(Action))
      .filter((action) => FORGETS.includes(action))
      .map((action) => `${role.name}: may forget a send (${action})`),
  );
}

function sharedRoles(template: Template): readonly string[] {
  const roles = ofType(template, 'AWS::Lambda::Function').map(({ Properties }) => named(Properties?.Role));
  const twice = roles.filter((role, index) => roles.indexOf(role) !== index);
  return twice.map((role) => `${role ?? 'no role'}: used by more than one function`);
}

function shortVisibility(template: Template): readonly string[] {
  return ofType(template, 'AWS::Lambda::EventSourceMapping').flatMap(({ name, Properties = {} }) => {
    const queue = template.Resources[named(Properties.EventSourceArn) ?? ''];
    if (queue?.Type !== 'AWS::SQS::Queue') return [];
    const time = Number(template.Resources[named(Properties.FunctionName) ?? '']?.Properties?.Timeout ?? 3);
    const visible = Number(queue.Properties?.VisibilityTimeout ?? 30);
    return visible >= 6 * time
      ? []
      : [`${name}: the queue hides a message for ${visible} s, the function takes ${time} s`];
  });
}

function missingDeadLetters(template: Template): readonly string[] {
  const queues = ofType(template, 'AWS::SQS::Queue');
  const target = ({ Properties }: Named) =>
    named((Properties?.RedrivePolicy as { readonly deadLetterTargetArn?: unknown } | undefined)?.deadLetterTargetArn);
  const targets = new Set(queues.map(target));
  const streams = ofType(template, 'AWS::Lambda::EventSourceMapping').filter(
    ({ Properties }) => template.Resources[named(Properties?.EventSourceArn) ?? '']?.Type !== 'AWS::SQS::Queue',
  );
  const schedules = ofType(template, 'AWS::Scheduler::Schedule');
  return [
    ...queues.filter((queue) => target(queue) === undefined && !targets.has(queue.name)),
    ...streams.filter(({ Properties }) => Properties?.DestinationConfig === undefined),
    ...schedules.filter(
      ({ Properties }) =>
        (Properties?.Target as { readonly DeadLetterConfig?: unknown } | undefined)?.DeadLetterConfig === undefined,
    ),
  ].map(({ name }) => `${name}: no dead-letter queue`);
}

function endlessRetries(template: Template): readonly string[] {
  return ofType(template, 'AWS::Lambda::EventSourceMapping').flatMap(({ name, Properties = {} }) => {
    const types = list(Properties.FunctionResponseTypes as string | readonly string[] | undefined);
    const partial = types.includes('ReportBatchItemFailures') ? [] : [`${name}: no partial batch responses`];
    if (Properties.StartingPosition === undefined) return partial;
    const bounded = Properties.MaximumRetryAttempts !== undefined && Properties.MaximumRecordAgeInSeconds !== undefined;
    return [...partial, ...(bounded ? [] : [`${name}: a record may be tried for ever`])];
  });
}

function losableTable(template: Template): readonly string[] {
  return ofType(template, 'AWS::DynamoDB::Table').flatMap(({ name, Properties = {}, ...rest }) => {
    const recovery = Properties.PointInTimeRecoverySpecification as
      | { readonly PointInTimeRecoveryEnabled?: boolean }
      | undefined;
    return [
      ...(recovery?.PointInTimeRecoveryEnabled ? [] : [`${name}: no point-in-time recovery`]),
      ...(Properties.DeletionProtectionEnabled ? [] : [`${name}: no deletion protection`]),
      ...('DeletionPolicy' in rest && rest.DeletionPolicy === 'Retain' ? [] : [`${name}: goes with the stack`]),
    ];
  });
}

function keptLogs(template: Template): readonly string[] {
  return ofType(template, 'AWS::Logs::LogGroup')
    .filter(({ Properties }) => Properties?.RetentionInDays === undefined)
    .map(({ name }) => `${name}: logs are kept for ever`);
}

export function breaches(template: Template): readonly string[] {
  return [
    ...wideRights(template),
    ...forgettingRoles(template),
    ...sharedRoles(template),
    ...shortVisibility(template),
    ...missingDeadLetters(template),
    ...endlessRetries(template),
    ...losableTable(template),
    ...keptLogs(template),
  ];
}
