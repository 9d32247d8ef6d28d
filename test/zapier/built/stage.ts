import { type RunningSandbox, startSandbox } from '../../../sandbox/server.ts';
import { DEMO_KEYS, type Vendor } from '../../../sandbox/switches.ts';
import type { WorldMessage, WorldThread } from '../../../sandbox/world-model.ts';

const MINUTE = 60_000;

export const VENDORS = ['cohesive', 'coldsend'] as const satisfies readonly Vendor[];

export interface Stage extends AsyncDisposable {
  readonly sandbox: RunningSandbox;
  readonly environment: Readonly<Record<string, string>>;
  readonly campaignId: string;
  /** A lead who was written to and answered, `agoMs` ago. */
  lead(email: string, agoMs: number, fields?: Partial<WorldThread>): WorldThread;
  says(threadId: string, text: string, attachments?: WorldMessage['attachments']): void;
  /** What the app calls this thread. */
  threadId(vendor: Vendor, thread: WorldThread): string;
  auth(vendor: Vendor, more?: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
}

/** Both vendors as servers on this machine. */
export async function openStage(): Promise<Stage> {
  const sandbox = await startSandbox({ port: 0, seed: 11, lively: false });
  const { world, urls } = sandbox;
  const campaignId = world.addCampaign({ name: 'Q1 Product Launch' }).id;
  world.addCampaign({ name: 'Autumn', status: 'completed' });
  return {
    sandbox,
    campaignId,
    environment: { COHESIVE_BASE_URL: urls.cohesive, COLDSEND_BASE_URL: urls.coldsend },
    lead(email, agoMs, fields = {}) {
      const thread = world.addThread({ campaignId, leadEmail: email, leadName: 'Jane Doe', ...fields });
      const at = world.now() - agoMs;
      world.addMessage(thread.id, { direction: 'outbound', sentAt: at - 60 * MINUTE, text: 'Would this help you?' });
      world.addMessage(thread.id, { direction: 'inbound', sentAt: at, text: `It would. ${email}` });
      world.look();
      return world.thread(thread.id) ?? thread;
    },
    says(threadId, text, attachments = []) {
      world.addMessage(threadId, { direction: 'inbound', sentAt: world.now(), text, attachments });
      world.look();
    },
    threadId: (vendor, { id, leadEmail }) =>
      vendor === 'coldsend' ? id : Buffer.from(JSON.stringify([campaignId, leadEmail])).toString('base64url'),
    auth: (vendor, more = {}) => ({ provider: vendor, apiKey: DEMO_KEYS[vendor], ...more }),
    [Symbol.asyncDispose]: () => sandbox.stop(),
  };
}
