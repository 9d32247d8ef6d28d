import type { Random } from '../shared/ports.ts';
import {
  AGAIN,
  CAMPAIGNS,
  COMPANIES,
  FIRST_NAMES,
  type Kind,
  LAST_NAMES,
  type LivelyCampaign,
  REPLIES,
} from './lively-texts.ts';
import { pick } from './seeded.ts';
import type { World } from './world.ts';
import type { WorldThread } from './world-model.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const BASELINE_THREADS = 24;
const THREADS_MAX = 500;
const LABEL_CHANCE = 0.2;
const AGAIN_CHANCE = 0.25;
const EXTERNAL_CHANCE = 0.1;

/** Likelier first: about a third of all replies are good ones. */
const KINDS: readonly [Kind, ...Kind[]] = [
  'interested',
  'interested',
  'interested',
  'not_interested',
  'not_interested',
  'question',
  'question',
  'out_of_office',
  'referral',
];

/** What a demo needs to know of a thread is kept in its first tag, so that it lives as long as the thread. */
const TAGS: Readonly<Record<Kind, string>> = {
  interested: 'Positive',
  not_interested: 'Objection',
  out_of_office: 'Auto-reply',
  referral: 'Referral',
  question: 'Question',
};
const kindOf = (thread: WorldThread) =>
  (Object.keys(TAGS) as Kind[]).find((kind) => TAGS[kind] === thread.tags[0]) ?? 'question';

interface Lead {
  readonly first: string;
  readonly last: string;
  readonly company: string;
  readonly domain: string;
}

const filled = (text: string, values: Readonly<Record<string, string>>) =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);

const domainOf = (company: string) => `${company.toLowerCase().replace(/[^a-z]+/g, '-')}.example`;

/** Makes a world that looks like a working day: leads answer, are labelled a little later, and answer again. */
export class Lively {
  readonly #world: World;
  readonly #random: Random;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  /** Campaigns and old conversations, unless the world has some already. */
  begin(): void {
    if (this.#world.campaigns.size > 0) return;
    const now = this.#world.now();
    for (const { name, vendor } of CAMPAIGNS) {
      this.#world.addCampaign({ name, vendor, createdAt: now - 30 * DAY_MS, updatedAt: now - 10 * DAY_MS });
    }
    this.#world.addCampaign({ name: 'Spring ideas', vendor: 'cohesive', status: 'draft' });
    this.#addSample(now);
    for (let count = 0; count < BASELINE_THREADS; count += 1) {
      const thread = this.#newReply(now - HOUR_MS - this.#random() * 9 * DAY_MS);
      if (this.#random() < 0.7) this.#world.setLabel(thread.id, kindOf(thread));
    }
    this.#world.look();
    for (const thread of this.#world.threads.values()) this.#world.setRead(thread.id, this.#random() < 0.8);
  }

  /** A reply in the first campaign, which is polled most often: its vendor counts no calls. */
  first(): void {
    this.#world.look();
    this.#newReply(this.#world.now(), CAMPAIGNS[0]);
  }

  /** One more reply, and perhaps labels and a little tidying. */
  step(): void {
    const now = this.#world.now();
    this.#world.look();
    for (const thread of this.#world.threads.values()) {
      if (thread.intent === null && this.#random() < LABEL_CHANCE) this.#world.setLabel(thread.id, kindOf(thread));
    }
    const old = this.#random() < AGAIN_CHANCE ? this.#goesOn() : undefined;
    if (old) this.#again(old, now);
    else this.#newReply(now);
    this.#trim();
  }

  /** Milliseconds until the next step. */
  pause(): number {
    return 1500 + this.#random() * 4500;
  }

  /** The lead of the vendors' own samples, so that every sample call has somebody to talk about. */
  #addSample(now: number): void {
    const [campaign] = this.#world.campaigns.values();
    if (!campaign) return;
    const thread = this.#world.addThread({
      campaignId: campaign.id,
      leadEmail: 'jane@example.com',
      leadName: 'Jane Doe',
      subject: 'Quick question about Acme',
      inboxEmail: CAMPAIGNS[0].mailbox,
      statsId: 'stat_123',
      tags: [TAGS.interested],
      createdAt: now - 8 * DAY_MS,
    });
    const text = 'Hi Jane, would a shorter queue help at Acme?\n\nAlex';
    this.#world.addMessage(thread.id, { direction: 'outbound', sentAt: now - 8 * DAY_MS, text, sequenceNumber: 1 });
    const answer = "Thanks for reaching out, I'd like to learn more...\n\nJane";
    this.#world.addMessage(thread.id, {
      direction: 'inbound',
      sentAt: now - 7 * DAY_MS,
      text: answer,
      messageId: 'msg_456',
    });
  }

  #newLead(campaignId: string | null): Lead & { readonly email: string } {
    for (let tries = 0; ; tries += 1) {
      const first = pick(this.#random, FIRST_NAMES);
      const last = pick(this.#random, LAST_NAMES);
      const company = pick(this.#random, COMPANIES);
      const domain = domainOf(company);
      const email = `${first}.${last}${tries > 20 ? tries : ''}@${domain}`.toLowerCase();
      if (!this.#world.threadOf(campaignId, email)) return { first, last, company, domain, email };
    }
  }

  #newReply(sentAt: number, plan: LivelyCampaign = pick(this.#random, CAMPAIGNS)): WorldThread {
    const external = plan.vendor === 'coldsend' && this.#random() < EXTERNAL_CHANCE;
    const campaign = [...this.#world.campaigns.values()].find(({ name }) => name === plan.name);
    const campaignId = external ? null : (campaign?.id ?? null);
    const lead = this.#newLead(campaignId);
    const kind = pick(this.#random, KINDS);
    const values = { ...lead, sender: plan.sender };
    const openedAt = sentAt - HOUR_MS - this.#random() * 3 * DAY_MS;
    const thread = this.#world.addThread({
      campaignId,
      vendor: plan.vendor,
      leadEmail: lead.email,
      leadName: `${lead.first} ${lead.last}`,
      subject: filled(plan.subject, values),
      inboxEmail: plan.mailbox,
      tags: [TAGS[kind]],
      createdAt: Math.floor(openedAt),
    });
    if (!external) this.#opener(thread, plan, values);
    const text = filled(pick(this.#random, REPLIES[kind]), values);
    this.#world.addMessage(thread.id, { direction: 'inbound', sentAt: Math.floor(sentAt), text });
    return thread;
  }

  #opener(thread: WorldThread, { opener }: LivelyCampaign, values: Readonly<Record<string, string>>): void {
    const text = filled(opener, values);
    this.#world.addMessage(thread.id, { direction: 'outbound', sentAt: thread.createdAt, text, sequenceNumber: 1 });
  }

  #goesOn(): WorldThread | undefined {
    const talking = [...this.#world.threads.values()].filter(
      ({ tags, visible }) => (tags[0] === TAGS.interested || tags[0] === TAGS.question) && visible.length < 6,
    );
    return talking[Math.floor(this.#random() * talking.length)];
  }

  #again(thread: WorldThread, sentAt: number): void {
    const texts = AGAIN[kindOf(thread) === 'interested' ? 'interested' : 'question'];
    const first = thread.leadName.split(' ')[0] ?? '';
    this.#world.addMessage(thread.id, {
      direction: 'inbound',
      sentAt: Math.floor(sentAt),
      text: filled(pick(this.#random, texts), { first }),
    });
  }

  #trim(): void {
    const excess = this.#world.threads.size - THREADS_MAX;
    if (excess <= 0) return;
    // What was just added has no activity before it is looked at, and would go first.
    this.#world.look();
    const oldest = [...this.#world.threads.values()].sort((left, right) => left.lastActivityAt - right.lastActivityAt);
    for (const thread of oldest.slice(0, excess)) this.#world.removeThread(thread.id);
  }
}
