import { pick, seededRandom } from '../../../sandbox/seeded.ts';
import type { World } from '../../../sandbox/world.ts';
import type { NewMessage } from '../../../sandbox/world-model.ts';
import type { Random } from '../../../shared/ports.ts';
import type { TestVendor } from '../../vendors/test-vendor.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** V: as late as the promise allows. */
const LATE_MS = 59 * MINUTE_MS;

/** How rough one seed's history is; each trait is drawn from the seed. */
export interface Traits {
  readonly threads: number;
  readonly eventsPerHour: number;
  readonly lateRate: number;
  readonly tieRate: number;
  readonly burstRate: number;
  readonly burstThreads: number;
  readonly flipRate: number;
  readonly archiveRate: number;
  readonly futureRate: number;
}

export function drawTraits(random: Random): Traits {
  const some = (rate: number, chance = 0.6) => (random() < chance ? rate * random() : 0);
  return {
    threads: 20 + Math.floor(random() * 45),
    eventsPerHour: 1 + random() * 5,
    lateRate: some(0.6),
    tieRate: some(0.6),
    burstRate: some(0.03),
    burstThreads: 25 + Math.floor(random() * 40),
    flipRate: some(0.5),
    archiveRate: some(0.08, 0.4),
    futureRate: some(0.05, 0.3),
  };
}

/** What a world has beside the usual. */
export interface Extras {
  readonly campaigns: number;
  /** Old threads, spread over half a year. */
  readonly oldThreads: number;
  /** As old ones beside them, in which nobody writes any more: they stand above all others. */
  readonly standingThreads: number;
  /** Messages of the first thread. */
  readonly longConversation: number;
  /** Share of inbound messages that come from an address of ours. */
  readonly aliasRate: number;
  /** Share of threads whose lead stands in another campaign already. */
  readonly twinRate: number;
  /** No two messages say the same, so that each can be told by its words. */
  readonly numbered: boolean;
}

export const NO_EXTRAS: Extras = {
  campaigns: 0,
  oldThreads: 0,
  standingThreads: 0,
  longConversation: 0,
  aliasRate: 0,
  twinRate: 0,
  numbered: false,
};

const HALF_A_YEAR_MS = 180 * 24 * HOUR_MS;

/** Makes a world live: replies, our own mail, labels, archives, new campaigns, all from one seed. */
export class History {
  readonly traits: Traits;
  readonly #extras: Extras;
  readonly #extraRandom: Random;
  readonly #world: World;
  readonly #vendor: TestVendor;
  readonly #random: Random;
  readonly #ids: string[] = [];
  readonly #standing: readonly string[];
  readonly #campaigns: string[] = [];
  #leads = 0;
  #tie = 0;
  #messages = 0;

  constructor(world: World, vendor: TestVendor, seed: number, extras: Extras = NO_EXTRAS) {
    this.#extras = extras;
    this.#extraRandom = seededRandom(seed + 1);
    this.#random = seededRandom(seed);
    this.traits = drawTraits(this.#random);
    this.#world = world;
    this.#vendor = vendor;
    const campaigns = (vendor.provider.oneFeed ? 3 : 2) + extras.campaigns;
    for (let index = 0; index < campaigns; index += 1) this.#addCampaign();
    for (let index = 0; index < extras.standingThreads; index += 1) this.#addVeryOldThread();
    const standing = this.#ids.splice(0);
    for (let index = 0; index < extras.oldThreads; index += 1) this.#addVeryOldThread();
    for (let index = 0; index < this.traits.threads; index += 1) this.#addOldThread();
    // A group with nothing below it yet is found on the next day alone.
    this.#standing = standing.filter((id) => this.#ids.some((other) => this.#isBeside(id, other)));
    for (let index = 0; index < extras.longConversation; index += 1) this.#lengthen(this.#ids[0] ?? '', index);
  }

  get campaigns(): readonly string[] {
    return this.#campaigns;
  }

  get threads(): readonly string[] {
    return this.#ids;
  }

  get standing(): readonly string[] {
    return this.#standing;
  }

  /** One thing happens, now. */
  step(): void {
    const { flipRate, archiveRate, burstRate } = this.traits;
    const dice = this.#random();
    if (dice < archiveRate) this.#archiveOrRestore();
    else if (dice < archiveRate + burstRate) this.#burst();
    else if (dice < archiveRate + burstRate + flipRate) this.#flip(this.#anyThread());
    else if (dice > 0.995 && this.#campaigns.length < 4) this.#addCampaign();
    else this.#write(this.#random() < 0.3 ? this.#addThread() : this.#anyThread());
  }

  /** One list shows both. */
  #isBeside(id: string, other: string): boolean {
    const [one, two] = [this.#world.thread(id), this.#world.thread(other)];
    return one !== undefined && two !== undefined && this.#vendor.feedOf(one) === this.#vendor.feedOf(two);
  }

  #addCampaign(): void {
    this.#campaigns.push(this.#world.addCampaign({ vendor: this.#vendor.provider.id }).id);
  }

  #addThread(): string {
    this.#leads += 1;
    const external = this.#vendor.outsideCampaigns && this.#random() < 0.1;
    const campaignId = external ? null : pick(this.#random, this.#campaigns as [string, ...string[]]);
    const leadEmail = this.#leadFor(campaignId);
    const thread = this.#world.addThread({
      campaignId,
      leadEmail,
      leadName: `Lead ${this.#leads}`,
      vendor: this.#vendor.provider.id,
    });
    this.#ids.push(thread.id);
    return thread.id;
  }

  /** Another lead, or one that stands in another campaign alone. */
  #leadFor(campaignId: string | null): string {
    const { twinRate } = this.#extras;
    const fresh = `Lead${this.#leads}+test@customer.example`;
    if (twinRate === 0 || this.#extraRandom() >= twinRate) return fresh;
    const other = this.#ids[Math.floor(this.#extraRandom() * this.#ids.length)] ?? '';
    const known = this.#world.thread(other)?.leadEmail ?? fresh;
    return this.#world.threadOf(campaignId, known) ? fresh : known;
  }

  #addOldThread(): void {
    const id = this.#addThread();
    const now = this.#world.now();
    const age = this.#random() < 0.3 ? this.#random() * 2 * HOUR_MS : this.#random() * 200 * HOUR_MS;
    const sentAt = Math.floor(now - age - MINUTE_MS);
    this.#add(id, { direction: 'inbound', sentAt, visibleAt: sentAt, text: 'An old reply.' });
    if (this.#random() < 0.3) this.#flip(id);
  }

  #addVeryOldThread(): void {
    const id = this.#addThread();
    const sentAt = Math.floor(this.#world.now() - HOUR_MS - this.#random() * HALF_A_YEAR_MS);
    this.#add(id, { direction: 'inbound', sentAt, visibleAt: sentAt, text: 'A very old reply.' });
    if (this.#random() < 0.3) this.#flip(id);
  }

  #lengthen(id: string, index: number): void {
    const sentAt = this.#world.now() - (index + 10) * 20 * MINUTE_MS;
    const direction = index % 3 === 0 ? 'outbound' : 'inbound';
    this.#add(id, { direction, sentAt, visibleAt: sentAt, text: 'A word.' });
  }

  /** As the extras will have it. */
  #add(id: string, message: NewMessage): void {
    const { aliasRate, numbered } = this.#extras;
    const thread = this.#world.thread(id);
    const isAlias = aliasRate > 0 && message.direction === 'inbound' && this.#extraRandom() < aliasRate;
    this.#messages += 1;
    this.#world.addMessage(id, {
      ...message,
      ...(isAlias && thread ? { from: thread.inboxEmail } : {}),
      ...(numbered ? { text: `${message.text} ${this.#messages}` } : {}),
    });
  }

  #anyThread(): string {
    // Recent threads are likelier, old ones possible.
    const index = Math.floor(this.#ids.length * (1 - this.#random() ** 2));
    return this.#ids[Math.min(index, this.#ids.length - 1)] ?? this.#addThread();
  }

  #sentAt(): number {
    const now = this.#world.now();
    if (this.#random() < this.traits.futureRate) return Math.floor(now + this.#random() * 4 * HOUR_MS);
    if (this.#random() >= this.traits.tieRate) return now - Math.floor(this.#random() * 5_000);
    if (now - this.#tie > 10 * MINUTE_MS) this.#tie = now;
    return this.#tie;
  }

  #write(id: string, sentAt = this.#sentAt()): void {
    const own = this.#random() < 0.2;
    const messages = this.#random() < 0.15 ? 3 : 1;
    for (let index = 0; index < messages; index += 1) {
      const at = sentAt + (this.#random() < 0.5 ? 0 : index * 1_000);
      const late = this.#random() < this.traits.lateRate ? this.#random() * LATE_MS : 0;
      const visibleAt = Math.max(this.#world.now(), Math.min(Math.floor(at + late), at + LATE_MS));
      this.#add(id, { direction: own ? 'outbound' : 'inbound', sentAt: at, visibleAt, text: 'A reply.' });
    }
    if (this.#random() < 0.25) this.#flip(id);
  }

  #burst(): void {
    const oneMoment = this.#random() < 0.5 ? this.#world.now() : undefined;
    for (let index = 0; index < this.traits.burstThreads; index += 1) {
      this.#write(this.#random() < 0.4 ? this.#addThread() : this.#anyThread(), oneMoment);
    }
  }

  #flip(id: string): void {
    const interested = this.#world.thread(id)?.intent === 'interested';
    this.#world.setLabel(id, interested ? pick(this.#random, ['not_interested', null]) : 'interested');
  }

  #archiveOrRestore(): void {
    const id = this.#anyThread();
    if (this.#world.thread(id)?.archivedAt) this.#world.restore(id);
    else this.#world.archive(id);
  }
}
