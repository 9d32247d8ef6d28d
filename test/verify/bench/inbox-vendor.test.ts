import { beforeEach, describe, expect, it } from 'vitest';
import type { Scene } from '../../../sandbox/exchange.ts';
import { createSandbox, SANDBOX_URLS, type Sandbox } from '../../../sandbox/sandbox.ts';
import { seededRandom } from '../../../sandbox/seeded.ts';
import { createSwitches, DEMO_KEYS, type Switches } from '../../../sandbox/switches.ts';
import { createWorld, type World } from '../../../sandbox/world.ts';
import type { Http } from '../../../shared/ports.ts';
import { InboxVendor } from './inbox-vendor.ts';

const START = Date.UTC(2026, 0, 5, 8);
const THREADS = 250;

/** One small world, shown by the sandbox and by the vendor of the bench. */
class Both {
  now = START;
  readonly world: World = createWorld({ seed: 3, now: () => this.now });
  readonly campaignId = this.world.addCampaign({ vendor: 'coldsend' }).id;
  readonly sandbox: Sandbox;
  readonly vendor: InboxVendor;

  constructor(changes: Partial<Switches>) {
    for (let index = 0; index < THREADS; index += 1) {
      const thread = this.addThread(index);
      // Some at the same moment: their order is by id.
      this.world.addMessage(thread.id, {
        direction: 'inbound',
        sentAt: START - (index >> 2) * 60_000,
        text: 'Thanks.',
      });
    }
    this.addThread(THREADS);
    const switches = createSwitches(changes);
    const scene: Scene = { world: this.world, switches, random: seededRandom(1) };
    this.sandbox = createSandbox({ ...scene, clock: { sleep: async () => undefined } });
    this.vendor = new InboxVendor(scene);
  }

  addThread(index: number) {
    return this.world.addThread({
      campaignId: this.campaignId,
      leadEmail: `lead${index}@customer.example`,
      leadName: `Lead ${index}`,
      intent: index % 3 === 0 ? 'interested' : index % 3 === 1 ? 'not_interested' : null,
    });
  }

  async ask(http: Http, path: string, key: string = DEMO_KEYS.coldsend) {
    const url = `${SANDBOX_URLS.coldsend}${path}`;
    return await http({ method: 'GET', url, headers: { 'x-api-key': key }, timeoutMs: 1_000, bytesMax: 1e6 });
  }

  async expectSame(path: string, key?: string): Promise<void> {
    expect(await this.ask(this.vendor.http, path, key), path).toEqual(await this.ask(this.sandbox.http, path, key));
  }
}

const LISTS = [
  '/replies',
  '/replies?page=1&limit=100',
  '/replies?page=3&limit=100',
  '/replies?page=4&limit=100',
  '/replies?page=7&limit=33',
  '/replies?page=1&limit=100&category=interested',
  '/replies?page=2&limit=50&category=interested',
  '/replies?page=1&limit=100&category=not_interested',
  '/replies?page=1&limit=101',
  '/replies?page=0',
];

for (const listOrder of ['newest', 'by-id'] as const) {
  describe(`the vendor of the bench, its list ${listOrder === 'newest' ? 'newest first' : 'by id'}`, () => {
    let both: Both;
    beforeEach(() => {
      both = new Both({ listOrder });
    });

    it('answers every list as the sandbox does, byte by byte', async () => {
      for (const path of LISTS) await both.expectSame(path);
    });

    it('lists as the sandbox does after replies in old and new threads, and labels', async () => {
      for (let step = 0; step < 12; step += 1) {
        both.now += 30_000;
        const old = both.vendor.threads[(step * 37) % both.vendor.threads.length];
        const thread = step % 3 === 0 ? both.addThread(1_000 + step) : old;
        if (!thread) throw new Error('no thread');
        if (step % 4 === 1) both.vendor.label(thread);
        else both.vendor.reply(thread, 'Tell me more.');
        for (const path of LISTS) await both.expectSame(path);
      }
    });
  });
}

describe('the vendor of the bench', () => {
  it('shows threads and messages as the sandbox does, and refuses a key as it does', async () => {
    const both = new Both({});
    const id = both.vendor.threads[0]?.id;
    await both.expectSame(`/replies/threads/${id}`);
    await both.expectSame(`/replies/threads/${id}/messages?page=1&limit=100`);
    await both.expectSame('/replies/threads/none');
    await both.expectSame('/replies?page=1', 'another key');
  });

  it('counts requests as the sandbox does, over lists and threads, and refuses the same ones', async () => {
    const both = new Both({ coldsendRateLimits: true });
    const id = both.vendor.threads[0]?.id;
    for (let asked = 0; asked < 60; asked += 1) {
      await both.expectSame('/replies?page=1&limit=1');
      await both.expectSame(`/replies/threads/${id}`);
    }
    expect(both.vendor.refused).toBe(20);
  });

  it('swaps two rows in one answer with the first page of the whole list, and in that alone', async () => {
    const both = new Both({});
    const idsOf = async (path: string) => {
      const { body } = await both.ask(both.vendor.http, path);
      return (JSON.parse(body) as { conversations: { thread_id: string }[] }).conversations.map((row) => row.thread_id);
    };
    const before = await idsOf('/replies?page=1&limit=100');
    both.vendor.swapOnce(10);
    await both.expectSame('/replies?page=2&limit=100');
    await both.expectSame('/replies?page=1&limit=100&category=interested');
    const swapped = await idsOf('/replies?page=1&limit=100');
    expect(swapped).toEqual(before.toSpliced(10, 2, before[11] ?? '', before[10] ?? ''));
    expect(await idsOf('/replies?page=1&limit=100')).toEqual(before);
  });
});
