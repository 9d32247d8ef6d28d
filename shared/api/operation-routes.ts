import { backUp } from './backup.ts';
import { BackupBody } from './bodies.ts';
import { health } from './connections.ts';
import { testSink } from './events.ts';
import { type Route, route } from './route.ts';
import { BackupView, CheckList, HealthView, SinkTestView } from './shapes.ts';
import { listed } from './views.ts';

export const OPERATION_ROUTES: readonly Route[] = [
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
      summary: 'Whether polling keeps up',
      scope: 'open',
      otherwise: { status: 503, meaning: 'A feed is more than three intervals behind.' },
      answer: HealthView,
    },
    async ({ deps }) => await health(deps),
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
