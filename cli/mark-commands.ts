import type { Command } from 'commander';
import { ThreadView } from '../shared/api/shapes.ts';
import { type CommonOptions, examples, THREAD, withCommonOptions } from './options.ts';
import { print, printJson } from './output.ts';
import { withApi } from './session.ts';
import { threadPath } from './thread-name.ts';

interface Mark {
  readonly name: string;
  readonly description: string;
  readonly path: 'star' | 'read';
  readonly body: { readonly starred: boolean } | { readonly read: boolean };
  readonly done: string;
}

const MARKS: readonly Mark[] = [
  {
    name: 'star',
    description: 'Star a thread: at the vendor where it has stars, else in Replybus',
    path: 'star',
    body: { starred: true },
    done: 'is starred',
  },
  {
    name: 'unstar',
    description: 'Take the star off a thread',
    path: 'star',
    body: { starred: false },
    done: 'has no star',
  },
  {
    name: 'read',
    description: 'Mark a thread read, where the vendor lets us',
    path: 'read',
    body: { read: true },
    done: 'is read',
  },
  {
    name: 'unread',
    description: 'Mark a thread unread, where the vendor lets us',
    path: 'read',
    body: { read: false },
    done: 'is unread',
  },
];

export function addMarkCommands(program: Command): void {
  for (const mark of MARKS) {
    withCommonOptions(program.command(mark.name))
      .description(mark.description)
      .argument('<id>', THREAD)
      .addHelpText('after', examples(`${mark.name} sales/550e8400-e29b-41d4-a716-446655440000`))
      .action(async (id: string, options: CommonOptions) => await setMark(mark, id, options));
  }
}

async function setMark({ path, body, done }: Mark, id: string, options: CommonOptions): Promise<void> {
  const thread = `${threadPath(id)}/${path}`;
  await withApi(options, async (api) => {
    const view = await api.send(ThreadView, 'PUT', thread, { body });
    if (options.json) printJson(view);
    else print(`${view.id} ${done}.`);
  });
}
