import { describe, expect, it } from 'vitest';
import { setRead } from '../../shared/acting/read-marks.ts';
import { ProviderError } from '../../shared/failure.ts';
import type { HttpRequest } from '../../shared/ports.ts';
import type { Connection } from '../../shared/provider.ts';
import { providerNamed } from '../../shared/providers/index.ts';
import { sandboxed } from '../providers/sandboxed.ts';

function open(name: 'cohesive' | 'coldsend', read: boolean) {
  const provider = providerNamed(name);
  if (!provider) throw new Error('no provider');
  const box = sandboxed(provider);
  const id = [...box.world.threads.keys()][0] ?? '';
  // A message that shows itself makes its thread unread.
  box.world.look();
  box.world.setRead(id, read);
  const patches = () => box.requests.filter(({ method }: HttpRequest) => method === 'PATCH').length;
  return { ...box, id, patches, isRead: () => box.world.thread(id)?.read };
}

async function failing(connection: Connection, id: string, read: boolean): Promise<ProviderError> {
  const error = await setRead(connection, id, read).catch((thrown: unknown) => thrown);
  if (error instanceof ProviderError) return error;
  throw new Error('it did not fail');
}

describe('marking a thread', () => {
  it('read asks the vendor once and looks', async () => {
    const { connection, id, isRead, patches } = open('coldsend', false);
    expect(await setRead(connection, id, true)).toBe(true);
    expect({ read: isRead(), patches: patches() }).toEqual({ read: true, patches: 1 });
  });

  it.each([true, false])('as it is already (read: %s) changes nothing', async (read) => {
    const { connection, id, patches } = open('coldsend', read);
    expect(await setRead(connection, id, read)).toBe(read);
    expect(patches()).toBe(0);
  });

  it('read is done when only the answer was lost', async () => {
    const { connection, id, switches, isRead } = open('coldsend', false);
    Object.assign(switches, { faultScope: 'writes', resetAfterRate: 1 });
    expect(await setRead(connection, id, true)).toBe(true);
    expect(isRead()).toBe(true);
  });

  it('read fails as unreachable, not as unsupported, when the request was lost', async () => {
    const { connection, id, switches } = open('coldsend', false);
    Object.assign(switches, { faultScope: 'writes', resetBeforeRate: 1 });
    expect((await failing(connection, id, true)).failure.kind).toBe('unavailable');
  });

  it('unread says so when the vendor ignored it', async () => {
    const { connection, id, isRead, patches } = open('coldsend', true);
    const error = await failing(connection, id, false);
    expect(error.message).toBe('ColdSend does not offer marking a thread as unread.');
    expect({ read: isRead(), patches: patches() }).toEqual({ read: true, patches: 1 });
  });

  it('unread works where the vendor does it', async () => {
    const { connection, id } = open('coldsend', true);
    const obedient = { ...connection, readMarks: { setRead: async (_: string, read: boolean) => read } };
    expect(await setRead(obedient, id, false)).toBe(false);
  });

  it('says so where the vendor has no marks', async () => {
    const { connection, id } = open('cohesive', false);
    expect((await failing(connection, id, true)).message).toBe('Cohesive does not offer readMarks.');
  });
});
