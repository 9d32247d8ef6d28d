import type { Vendor } from '../../../sandbox/switches.ts';
import type { World } from '../../../sandbox/world.ts';
import type { Receiver } from '../kill/receiver.ts';
import { CONNECTIONS, VENDORS } from './deployment.ts';

const DAY_MS = 86_400_000;

export interface Lead {
  readonly vendor: Vendor;
  /** The sandbox's own. */
  readonly thread: string;
  /** The thread's path in the API. */
  readonly path: string;
}

/** Leads with an old conversation at each vendor, and what has become of them since. */
export class Campaign {
  readonly leads: readonly Lead[];
  readonly #world: World;
  /** Messages that must be told, by the id a payload names them with. */
  readonly #replies: string[] = [];
  #count = 0;

  constructor(world: World, leadsEach: number) {
    this.#world = world;
    this.leads = VENDORS.flatMap((vendor) => {
      const { id } = world.addCampaign({ vendor });
      return Array.from({ length: leadsEach }, (_, index) => this.#lead(vendor, id, index));
    });
  }

  #lead(vendor: Vendor, campaignId: string, index: number): Lead {
    const leadEmail = `lead${index}@${vendor}.example`;
    const { id } = this.#world.addThread({ campaignId, leadEmail, leadName: `Lead ${index}`, vendor });
    this.#world.addMessage(id, { direction: 'inbound', sentAt: this.#world.now() - DAY_MS, text: 'An old reply.' });
    const names = Buffer.from(JSON.stringify([campaignId, leadEmail])).toString('base64url');
    return { vendor, thread: id, path: `/v1/threads/${CONNECTIONS[vendor]}/${vendor === 'coldsend' ? id : names}` };
  }

  get replies(): readonly string[] {
    return this.#replies;
  }

  lead(vendor: Vendor, index = 0): Lead {
    const lead = this.leads.filter((each) => each.vendor === vendor)[index];
    if (!lead) throw new Error(`${vendor} has no lead ${index}.`);
    return lead;
  }

  reply({ vendor, thread }: Lead): string {
    this.#count += 1;
    const text = `A new reply, number ${this.#count}.`;
    const message = this.#world.addMessage(thread, { direction: 'inbound', sentAt: this.#world.now(), text });
    const id = vendor === 'coldsend' ? message.replyId : message.messageId;
    this.#replies.push(id);
    return id;
  }

  label({ thread }: Lead): void {
    this.#world.setLabel(thread, 'interested');
  }

  /** Replies that never arrived, and those that arrived under more than one webhook-id. */
  judge({ receipts }: Receiver): { readonly missing: readonly string[]; readonly twice: readonly string[] } {
    const ids = new Map<string, Set<string>>();
    for (const { type, message, webhookId } of receipts)
      if (type === 'reply.received') ids.set(message, (ids.get(message) ?? new Set()).add(webhookId));
    return {
      missing: this.#replies.filter((message) => !ids.has(message)),
      twice: [...ids].filter(([, webhookIds]) => webhookIds.size > 1).map(([message]) => message),
    };
  }
}
