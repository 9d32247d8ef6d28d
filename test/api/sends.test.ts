import { describe, expect, it } from 'vitest';
import { SendList, SendView } from '../../shared/api/shapes.ts';
import { readSend, sendId, writeSend } from '../../shared/sending/send.ts';
import { type ApiWorld, apiWorld } from './world.ts';

const HOUR = 3_600_000;

const storedSends = ({ store }: ApiWorld) => [...store.items()].filter(({ key }) => key === 'send');

/** A send nobody could find: its state is written as the protocol would. */
async function lostSend(world: ApiWorld): Promise<string> {
  const { id } = await world.reply('sales', 'Hello.', 'lost');
  const kept = await readSend(world.store, id);
  if (!kept) throw new Error('not kept');
  await writeSend(world.store, { ...kept.send, state: 'needs_decision', attempt: 1 }, undefined, kept.version);
  return id;
}

describe('reply', () => {
  it('answers 202 with the send, and wakes it', async () => {
    const world = apiWorld();
    const path = `${await world.thread('sales')}/reply`;
    const response = await world.ask('POST', path, { body: { text: 'Hello.' }, key: 'k1' });
    expect(response.status).toBe(202);
    const send = SendView.parse(response.body);
    expect(send).toMatchObject({ id: sendId('k1'), key: 'k1', state: 'waiting', kind: 'reply', connection: 'sales' });
    expect(send).toMatchObject({ to: null, by: 'cli', attempt: 0, messageId: null });
    expect(world.woken).toEqual([send.id]);
  });

  it('names who asked: a created token is a program', async () => {
    const world = apiWorld();
    const created = await world.ask('POST', '/v1/tokens', { body: { name: 'crm' } });
    const { token } = created.body as { readonly token: string };
    const { body } = await world.ask('POST', `${await world.thread('sales')}/reply`, { body: { text: 'a' }, token });
    expect(body).toMatchObject({ by: 'api' });
  });

  it('never answers with the words of the mail', async () => {
    const world = apiWorld();
    const path = `${await world.thread('acme')}/reply`;
    const asked = { body: { html: '<p>Moonlight</p>', text: 'Sunshine', bcc: ['boss@acme.example'] } };
    const { id } = SendView.parse((await world.ask('POST', path, asked)).body);
    const shown = [await world.ask('GET', `/v1/sends/${id}`), await world.ask('GET', '/v1/sends')];
    expect(JSON.stringify(shown)).not.toMatch(/Moonlight|Sunshine|boss@acme/);
  });

  it.each(['acme', 'sales'] as const)('is carried out at the vendor of %s, and found by its id', async (connection) => {
    const world = apiWorld();
    const { id } = await world.reply(connection, 'Hello.');
    await world.run(id);
    expect((await world.ask('GET', `/v1/sends/${id}`)).body).toMatchObject({ state: 'sent', attempt: 1 });
    world.wait(6_000);
    await world.run(id);
    expect((await world.ask('GET', `/v1/sends/${id}`)).body).toMatchObject({ state: 'confirmed' });
    expect(world.vendors[connection].world.outbox).toHaveLength(1);
  });

  it('repeated under its key is the same send, also after it went', async () => {
    const world = apiWorld();
    const first = await world.reply('sales', 'Hello.', 'k');
    await world.run(first.id);
    const second = await world.reply('sales', 'Hello.', 'k');
    expect(second).toMatchObject({ id: first.id, state: 'sent' });
    expect(storedSends(world)).toHaveLength(1);
  });

  it('asked for by two callers with one key at once is one send', async () => {
    const world = apiWorld();
    const sends = await Promise.all(Array.from({ length: 8 }, () => world.reply('sales', 'Hello.', 'k')));
    expect(new Set(sends.map(({ id }) => id)).size).toBe(1);
    expect(storedSends(world)).toHaveLength(1);
  });

  it('asked for at once under one key with other words is one send, and 409 for the others', async () => {
    const world = apiWorld();
    const path = `${await world.thread('sales')}/reply`;
    const words = ['One.', 'Two.', 'Three.', 'Four.'];
    const answers = await Promise.all(words.map((text) => world.ask('POST', path, { body: { text }, key: 'k' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
    expect(storedSends(world)).toHaveLength(1);
  });

  it('repeated without a key is the same send', async () => {
    const world = apiWorld();
    const [first, second] = [await world.reply('acme', 'Hello.'), await world.reply('acme', 'Hello.')];
    expect(second.id).toBe(first.id);
  });

  it('with a key that names another mail is refused', async () => {
    const world = apiWorld();
    await world.reply('sales', 'Hello.', 'k');
    const path = `${await world.thread('sales')}/reply`;
    expect(await world.problem(409, 'POST', path, { body: { text: 'Other.' }, key: 'k' })).toMatch(/new key/);
  });

  it('after the conversation went on is refused', async () => {
    const world = apiWorld();
    const asked = { body: { text: 'Hello.', ifLatestMessageId: '<older@mail.example>' } };
    const path = `${await world.thread('sales')}/reply`;
    expect(await world.problem(409, 'POST', path, asked)).toMatch(/written in this conversation/);
  });

  it('with the words of an hour ago is refused, until a person lets it pass by name', async () => {
    const world = apiWorld();
    const { id } = await world.reply('sales', 'Hello.', 'k1');
    await world.run(id);
    world.wait(HOUR);
    await world.run(id);
    const path = `${await world.thread('sales')}/reply`;
    expect(await world.problem(409, 'POST', path, { body: { text: 'Hello.' }, key: 'k2' })).toMatch(/same words/);
    const passed = await world.ask('POST', path, { body: { text: 'Hello.', override: 'Jane Doe' }, key: 'k2' });
    expect(passed.status).toBe(202);
  });

  it('while sending is switched off is refused', async () => {
    const world = apiWorld(({ sending }) => {
      const connections = sending.connections.map((each) => ({ ...each, limits: { ...each.limits, off: true } }));
      return { sending: { ...sending, connections } };
    });
    const path = `${await world.thread('sales')}/reply`;
    expect(await world.problem(403, 'POST', path, { body: { text: 'Hello.' } })).toMatch(/switched off/);
    expect(world.woken).toEqual([]);
  });

  it.each([
    ['sales', { text: 'a', cc: ['x@acme.example'] }, 501, /without cc or bcc/],
    [
      'acme',
      { text: 'a', attachments: [{ filename: 'a.pdf', contentType: 'application/pdf', contentBase64: 'AA==' }] },
      501,
      /web address/,
    ],
    [
      'acme',
      { text: 'a', attachments: [{ filename: 'a.pdf', contentType: 'application/pdf' }] },
      400,
      /a url or its content/,
    ],
    ['acme', { text: 'a', cc: ['Jane <jane@acme.example>'] }, 400, /Number 1 in "cc"/],
    ['acme', {}, 400, /empty; write something/],
    ['acme', { text: 'x'.repeat(200_000) }, 400, /longer than/],
  ] as const)('in %s with %j is refused with %i', async (connection, body, status, why) => {
    const world = apiWorld();
    const detail = await world.problem(status, 'POST', `${await world.thread(connection)}/reply`, { body });
    expect(detail).toMatch(why);
    expect(storedSends(world)).toEqual([]);
  });

  it.each(['', 'two words', 'x'.repeat(256), 'ключ'])('with the key "%s" is refused', async (key) => {
    const world = apiWorld();
    const path = `${await world.thread('sales')}/reply`;
    expect(await world.problem(400, 'POST', path, { body: { text: 'a' }, key })).toMatch(/idempotency key/);
  });
});

describe('forward', () => {
  it('answers 202 with the send and its recipients, and is carried out', async () => {
    const world = apiWorld();
    const path = `${await world.thread('acme')}/forward`;
    const response = await world.ask('POST', path, { body: { to: ['deals@acme.example'] }, key: 'f' });
    expect(response).toMatchObject({ status: 202, body: { kind: 'forward', to: ['deals@acme.example'] } });
    await world.run(sendId('f'));
    expect(world.vendors.acme.world.outbox).toMatchObject([{ kind: 'forward', to: ['deals@acme.example'] }]);
  });

  it('is refused with a sentence where nobody set up a mail server for it', async () => {
    const world = apiWorld();
    const asked = { body: { to: ['deals@acme.example'] } };
    expect(await world.problem(501, 'POST', `${await world.thread('sales')}/forward`, asked)).toMatch(/"forwarding"/);
  });

  it('is refused a note where the vendor takes none', async () => {
    const world = apiWorld();
    const asked = { body: { to: ['deals@acme.example'], note: 'Look.' } };
    expect(await world.problem(501, 'POST', `${await world.thread('acme')}/forward`, asked)).toMatch(/without a note/);
  });
});

describe('the list of sends', () => {
  it('is newest first, page by page, each send once', async () => {
    const world = apiWorld();
    const ids: string[] = [];
    for (let count = 0; count < 60; count += 1) {
      world.wait(60_000);
      ids.unshift((await world.reply('sales', `Words ${count}.`, `k${count}`)).id);
    }
    const first = SendList.parse((await world.ask('GET', '/v1/sends')).body);
    const second = SendList.parse((await world.ask('GET', `/v1/sends?cursor=${first.cursor}`)).body);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
    expect(first.items.length).toBeLessThan(60);
  });

  it('holds one state when asked for it', async () => {
    const world = apiWorld();
    const { id } = await world.reply('sales', 'One.', 'k1');
    await world.reply('acme', 'Two.', 'k2');
    await world.run(id);
    const { items } = SendList.parse((await world.ask('GET', '/v1/sends?state=sent')).body);
    expect(items.map((send) => send.id)).toEqual([id]);
  });

  it.each(['x', '99999999.~', '%00', '1'])('refuses the cursor %s', async (cursor) => {
    expect(await apiWorld().problem(400, 'GET', `/v1/sends?cursor=${cursor}`)).toMatch(/cursor/);
  });
});

describe('a decision', () => {
  it('that it was sent settles it, by name', async () => {
    const world = apiWorld();
    const id = await lostSend(world);
    const asked = { body: { verdict: 'sent', by: 'Jane Doe' } };
    const { body } = await world.ask('POST', `/v1/sends/${id}/decision`, asked);
    expect(body).toMatchObject({ state: 'decided', meaning: 'Decided by Jane Doe: it was sent.' });
  });

  it('to send it again wakes it', async () => {
    const world = apiWorld();
    const id = await lostSend(world);
    const { status, body } = await world.ask('POST', `/v1/sends/${id}/decision`, { body: { verdict: 'resend' } });
    expect({ status, body }).toMatchObject({ status: 200, body: { state: 'waiting' } });
    expect(world.woken).toEqual([id, id]);
  });

  it('about a send that needs none is refused', async () => {
    const world = apiWorld();
    const { id } = await world.reply('sales', 'Hello.');
    expect(await world.problem(409, 'POST', `/v1/sends/${id}/decision`, { body: { verdict: 'sent' } })).toMatch(
      /nothing to decide/,
    );
  });

  it.each(['nope', `snd_${'a'.repeat(32)}`, '..%2f', '%00'])('about the send %s, which is none, is 404', async (id) => {
    const world = apiWorld();
    await world.problem(404, 'GET', `/v1/sends/${id}`);
    await world.problem(404, 'POST', `/v1/sends/${id}/decision`, { body: { verdict: 'sent' } });
  });
});

describe('a send that waits to be called back', () => {
  async function waiting(world: ApiWorld): Promise<SendView> {
    const path = `${await world.thread('sales')}/reply`;
    const { body } = await world.ask('POST', path, { body: { text: 'Hello.', undoSeconds: 10 }, key: 'k' });
    return SendView.parse(body);
  }

  it('says when it goes, and goes then', async () => {
    const world = apiWorld();
    const { id, goesAt } = await waiting(world);
    expect(Date.parse(goesAt ?? '')).toBe(world.deps.clock.now() + 10_000);
    await world.run(id);
    expect(world.vendors.sales.world.outbox).toHaveLength(0);
    world.wait(10_000);
    await world.run(id);
    expect(world.vendors.sales.world.outbox).toHaveLength(1);
    expect((await world.ask('GET', `/v1/sends/${id}`)).body).toMatchObject({ state: 'sent', goesAt: null });
  });

  it('is called back, never goes, and says the same when asked again', async () => {
    const world = apiWorld();
    const { id } = await waiting(world);
    for (const _ of [1, 2])
      expect((await world.ask('DELETE', `/v1/sends/${id}`)).body).toMatchObject({ state: 'undone', goesAt: null });
    world.wait(HOUR);
    await world.run(id);
    expect(world.vendors.sales.world.outbox).toHaveLength(0);
    expect(await world.problem(409, 'POST', `/v1/sends/${id}/again`, { body: {} })).toMatch(/called back/);
  });

  it('can no longer be called back once it went', async () => {
    const world = apiWorld();
    const { id } = await world.reply('sales', 'Hello.');
    await world.run(id);
    expect(await world.problem(409, 'DELETE', `/v1/sends/${id}`)).toMatch(/can no longer be called back/);
  });
});

describe('a failed send', () => {
  it('is sent again when a person says so, and no other is', async () => {
    const world = apiWorld();
    const { id } = await world.reply('sales', 'Hello.');
    expect(await world.problem(409, 'POST', `/v1/sends/${id}/again`, { body: {} })).toMatch(/only one that has failed/);
    const kept = await readSend(world.store, id);
    if (kept) await writeSend(world.store, { ...kept.send, state: 'failed' }, undefined, kept.version);
    const { body } = await world.ask('POST', `/v1/sends/${id}/again`);
    expect(body).toMatchObject({ state: 'waiting' });
    await world.run(id);
    expect(world.vendors.sales.world.outbox).toHaveLength(1);
  });
});

describe('the sends of one thread', () => {
  it('are listed however its id is written, and no others', async () => {
    const world = apiWorld();
    const { id, thread } = await world.reply('sales', 'One.', 'k1');
    await world.reply('acme', 'Two.', 'k2');
    const [connection = '', name = ''] = thread.split('/');
    for (const each of [thread, `${connection}/${name.toUpperCase()}`]) {
      const { items } = SendList.parse((await world.ask('GET', `/v1/sends?thread=${encodeURIComponent(each)}`)).body);
      expect(items.map((send) => send.id)).toEqual([id]);
    }
    await world.problem(400, 'GET', '/v1/sends?thread=sales');
    await world.problem(404, 'GET', '/v1/sends?thread=none/x');
  });
});
