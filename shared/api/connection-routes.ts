import { stopBackfill } from '../polling/backfill/asked.ts';
import { shardPartition } from '../store/keys.ts';
import { BackfillBody, ConnectionParameters } from './bodies.ts';
import { connectionViews } from './connections.ts';
import { chosen, connectionNamed, listCampaigns } from './inbox.ts';
import { VENDOR_PROBLEMS } from './problem.ts';
import { type Route, route, streamRoute } from './route.ts';
import { CampaignList, ConnectionList, PollList, ProgressView, StoppedBackfillView } from './shapes.ts';
import { sinceOf } from './spans.ts';
import { listed } from './views.ts';

export const CONNECTION_ROUTES: readonly Route[] = [
  route(
    'GET',
    '/v1/connections',
    {
      operation: 'listConnections',
      summary: 'The connections of the config, how late their feeds are, and what each can do',
      scope: 'read',
      answer: ConnectionList,
    },
    async ({ deps }) => listed(await connectionViews(deps)),
  ),
  route(
    'GET',
    '/v1/campaigns',
    {
      operation: 'listCampaigns',
      summary: 'Campaigns: ids, names, status',
      scope: 'read',
      query: ConnectionParameters,
      answer: CampaignList,
      problems: VENDOR_PROBLEMS,
    },
    async ({ deps, query }) => await listCampaigns(deps, query.connection),
  ),
  route(
    'POST',
    '/v1/poll',
    {
      operation: 'poll',
      summary: 'Look for new replies now: one connection, or all that are not paused',
      scope: 'admin',
      body: ConnectionParameters,
      answer: PollList,
      problems: ['not-found'],
    },
    async ({ deps, body: { connection } }) => {
      const wanted = chosen(deps, connection).filter(({ paused }) => connection !== undefined || !paused);
      return listed(await Promise.all(wanted.map(async (each) => await each.poll())));
    },
  ),
  streamRoute(
    'POST',
    '/v1/connections/{id}/backfill',
    {
      operation: 'backfill',
      summary: 'Record replies from before the connection was added',
      description:
        'Answers line by line while it works. A problem on the way is the last line. Whoever no longer listens, it goes on, a piece with each poll, until it is done or stopped.',
      scope: 'admin',
      body: BackfillBody,
      answer: ProgressView,
      problems: ['not-found'],
    },
    ({ deps, names, body: { since } }) =>
      connectionNamed(deps, names.id).backfill(since === 'all' ? 'all' : Math.max(0, sinceOf('since', since, deps))),
  ),
  route(
    'DELETE',
    '/v1/connections/{id}/backfill',
    {
      operation: 'stopBackfill',
      summary: 'Stop a backfill; what it recorded stays, and asked for again it goes on',
      scope: 'admin',
      answer: StoppedBackfillView,
      problems: ['not-found'],
    },
    async ({ deps, names }) => {
      const { id } = connectionNamed(deps, names.id);
      const shard = shardPartition(deps.shardOf(id));
      return { connection: id, stopped: await stopBackfill(deps.store, { shard, connection: id }) };
    },
  ),
];
