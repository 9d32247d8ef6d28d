import type { Command } from 'commander';
import { ProgressView, StoppedBackfillView } from '../shared/api/shapes.ts';
import { type CommonOptions, examples, withCommonOptions } from './options.ts';
import { note, print, printJson, reprint } from './output.ts';
import { pathPart } from './path-part.ts';
import { withApi } from './session.ts';

const BAR_WIDTH = 30;
const PLAIN_EVERY_THREADS = 100;

export function backfillCommand(program: Command): void {
  withCommonOptions(program.command('backfill'))
    .description('Tell replies from before the connection was switched on; Ctrl-C stops it, running it again resumes')
    .argument('<connection>', 'connection id')
    .requiredOption('--since <span>', '24h, 7d … or "all"')
    .addHelpText('after', examples('backfill sales --since 7d', 'backfill acme --since all --json'))
    .action(
      async (connection: string, options: CommonOptions & { readonly since: string }) =>
        await backfill(connection, options),
    );
}

async function backfill(connection: string, options: CommonOptions & { readonly since: string }): Promise<void> {
  const abort = new AbortController();
  let isStopped = false;
  const leave = () => abort.abort();
  const stop = () => {
    isStopped = true;
    leave();
  };
  process.once('SIGINT', stop).once('SIGTERM', leave);
  const show = options.json ? printJson : process.stdout.isTTY ? showBar : plainLines();
  let last: ProgressView | undefined;
  await withApi(options, async (api) => {
    const path = `/v1/connections/${pathPart(connection)}/backfill`;
    try {
      for await (const progress of api.stream(ProgressView, path, { since: options.since }, abort.signal)) {
        last = progress;
        show(progress);
      }
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', leave);
    }
    if (isStopped) await api.send(StoppedBackfillView, 'DELETE', path);
  });
  if (!options.json && process.stdout.isTTY) print('');
  if (last?.state === 'done') return options.json ? undefined : print(`Done: ${counts(last)}.`);
  const come = last ? ` after ${counts(last)}` : '';
  if (isStopped || last?.byRequest) note(`Stopped${come}; run the same command again to resume.`);
  else note(`Not done${come}; it goes on by itself while Replybus runs, and "replybus doctor" says how far it is.`);
  process.exitCode = 1;
}

const counts = ({ threads, recorded }: ProgressView): string => `${threads} threads read, ${recorded} replies recorded`;

function showBar(progress: ProgressView): void {
  const { threads, total } = progress;
  const share = total === null || total === 0 ? 0 : Math.min(1, threads / total);
  const done = Math.round(share * BAR_WIDTH);
  const bar = total === null ? '' : `${'█'.repeat(done)}${'░'.repeat(BAR_WIDTH - done)} ${Math.round(share * 100)} %  `;
  reprint(`${bar}${counts(progress)}`);
}

function plainLines(): (progress: ProgressView) => void {
  let next = 0;
  return (progress) => {
    if (progress.threads < next) return;
    next = progress.threads + PLAIN_EVERY_THREADS;
    print(counts(progress));
  };
}
