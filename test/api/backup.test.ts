import { describe, expect, it } from 'vitest';
import { BackupView, NewTokenView } from '../../shared/api/shapes.ts';
import { UserError } from '../../shared/failure.ts';
import { apiWorld, CONSOLE_TOKEN } from './world.ts';

const body = { file: '/backups/copy.db' };

describe('a backup over the API', () => {
  it('is asked of the process that has the database', async () => {
    const asked: string[] = [];
    const backUp = async (file: string) => {
      asked.push(file);
      return 8_192;
    };
    const answer = await apiWorld(() => ({ backUp })).ask('POST', '/v1/backup', { body });
    expect(answer.status).toBe(200);
    expect(BackupView.parse(answer.body)).toEqual({ file: '/backups/copy.db', bytes: 8_192 });
    expect(asked).toEqual(['/backups/copy.db']);
  });

  it('is refused to every token, since none writes files', async () => {
    const asked: string[] = [];
    const world = apiWorld(() => ({ backUp: async (file) => asked.push(file) }));
    const made = await world.ask('POST', '/v1/tokens', { body: { name: 'all', scopes: ['read', 'act', 'admin'] } });
    const { token } = NewTokenView.parse(made.body);
    expect(await world.problem(403, 'POST', '/v1/backup', { token, body })).toMatch(/on the machine itself alone/);
    expect(asked).toEqual([]);
  });

  it('is refused to the page, whose token has passed through an address', async () => {
    const asked: string[] = [];
    const world = apiWorld(() => ({ backUp: async (file) => asked.push(file) }));
    const page = { token: CONSOLE_TOKEN, body };
    expect(await world.problem(403, 'POST', '/v1/backup', page)).toMatch(/on the machine itself alone/);
    expect(asked).toEqual([]);
  });

  it('is not offered by a deployment', async () => {
    expect(await apiWorld().problem(501, 'POST', '/v1/backup', { body })).toMatch(/point-in-time recovery/);
  });

  it('that cannot be written is told as it is', async () => {
    const backUp = async () => {
      throw new UserError('/backups/copy.db is there already; name a file that is not.', 1);
    };
    const problem = await apiWorld(() => ({ backUp })).problem(409, 'POST', '/v1/backup', { body });
    expect(problem).toBe('/backups/copy.db is there already; name a file that is not.');
  });
});
