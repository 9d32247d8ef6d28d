import { inParallel } from '../concurrency/in-parallel.ts';
import { backUp } from './backup.ts';
import { BackupBody, ConnectionParameters } from './bodies.ts';
import { health } from './connections.ts';
import { sinkViews, testSink } from './events.ts';
import { chosen } from './inbox.ts';
import { type Route, route } from './route.ts';
import { BackupView, CheckList, HealthView, ProbeList, SinkList, SinkTestView } from './shapes.ts';
import { listed } from './views.ts';

/** Each has a budget of its own. */
const PROBES_AT_ONCE = 4;

export const OPERATION_ROUTES: readonly Route[] = [
  route(
    'GET',
    '/v1/sinks',
    {
      operation: 'listSinks',
      summary: 'The sinks of the config, and which of them are switched off',
      scope: 'read',
      answer: SinkList,
    },
    async ({ deps }) => listed(await sinkViews(deps)),
  ),
  route(
    'POST',
    '/v1/sinks/{id}/test',
    {
      operation: 'testSink',
      summary: 'Send a signed sample event to a sink',
      scope: 'admin',
      answer: SinkTestView,
      problems: ['not-found', 'unsupported'],
    },
    async ({ deps, names }) => await testSink(deps, names.id),
  ),
  route(
    'GET',
    '/health',
    {
      operation: 'health',
      summary: 'Whether polling keeps up; with a token, which feeds fail and why',
      scope: 'open',
      otherwise: { status: 503, meaning: 'A feed is more than three intervals behind.' },
      answer: HealthView,
    },
    async ({ deps, caller }) => await health(deps, caller),
    ({ status }) => status === 'late',
  ),
  route(
    'GET',
    '/v1/doctor',
    {
      operation: 'doctor',
      summary: 'Checks every connection and sink, and says what to fix',
      scope: 'admin',
      answer: CheckList,
    },
    async ({ deps }) => listed(await deps.doctor()),
  ),
  route(
    'POST',
    '/v1/doctor/probe',
    {
      operation: 'probe',
      summary: 'Hold a vendor against what is assumed of it: one connection, or all',
      description: 'About 20 reads a connection, out of the budget of what people do. Nothing is written.',
      scope: 'admin',
      body: ConnectionParameters,
      answer: ProbeList,
      problems: ['not-found'],
    },
    async ({ deps, body: { connection } }) =>
      listed(await inParallel(chosen(deps, connection), PROBES_AT_ONCE, async (each) => await deps.probe(each))),
  ),
  route(
    'POST',
    '/v1/backup',
    {
      operation: 'backUp',
      summary: 'Copy the whole database into a new file on this machine',
      description: 'For the command line of the machine alone: no token writes files.',
      scope: 'admin',
      body: BackupBody,
      answer: BackupView,
      problems: ['unsupported', 'not-allowed', 'refused'],
    },
    async ({ deps, caller, body }) => await backUp(deps, caller, body.file),
  ),
];
