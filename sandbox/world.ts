import type { Instant } from '../shared/model.ts';
import type { Random } from '../shared/ports.ts';
import { seededRandom, seededUuid } from './seeded.ts';
import { type MutableThread, makeMessage, makeThread } from './world-make.ts';
import type {
  NewCampaign,
  NewMessage,
  NewSent,
  NewThread,
  SavedWorld,
  Sent,
  WorldCampaign,
  WorldMessage,
  WorldThread,
} from './world-model.ts';

type Activity = 'any' | 'inbound' | 'first';

export interface WorldOptions {
  readonly seed: number;
  /** The vendor's clock; never goes back. */
  readonly now: () => Instant;
  /** Which visible messages move a thread up: all (default), the lead's alone, or none after the first. Neither vendor says. */
  readonly activity?: Activity;
  readonly saved?: SavedWorld;
}

const leadKey = (campaignId: string | null, leadEmail: string) => `${campaignId} ${leadEmail.toLowerCase()}`;

/** What a vendor knows, with no idea of HTTP: campaigns, leads, threads, messages, and what was sent through it. */
export class World {
  readonly campaigns = new Map<string, WorldCampaign>();
  readonly outbox: Sent[] = [];
  readonly #threads = new Map<string, MutableThread>();
  readonly #byLead = new Map<string, MutableThread>();
  readonly #random: Random;
  readonly #clock: () => Instant;
  readonly #activity: Activity;
  /** Not visible yet, latest first, so that the next one is popped off the end. */
  readonly #pending: WorldMessage[] = [];
  #version = 1;

  constructor({ seed, now, activity = 'any', saved }: WorldOptions) {
    // A restored world goes on with other numbers than it began with, else it would give its ids twice.
    this.#random = seededRandom(saved ? Math.imul(seed + saved.outbox.length + 1, now() >>> 0) : seed);
    this.#clock = now;
    this.#activity = activity;
    if (saved) this.#restore(saved);
  }

  now(): Instant {
    return this.#clock();
  }

  get threads(): ReadonlyMap<string, WorldThread> {
    return this.#threads;
  }

  /** Shows what has become visible since the last look. The number changes with every change of the world. */
  look(): number {
    const now = this.#clock();
    for (let next = this.#pending.at(-1); next && next.visibleAt <= now; next = this.#pending.at(-1)) {
      this.#pending.pop();
      this.#show(next);
    }
    return this.#version;
  }

  thread(threadId: string): WorldThread | undefined {
    return this.#threads.get(threadId);
  }

  threadOf(campaignId: string | null, leadEmail: string): WorldThread | undefined {
    return this.#byLead.get(leadKey(campaignId, leadEmail));
  }

  addCampaign(fields: NewCampaign = {}): WorldCampaign {
    const at = this.#clock();
    const campaign: WorldCampaign = {
      id: seededUuid(this.#random),
      name: `Campaign ${this.campaigns.size + 1}`,
      status: 'active',
      vendor: null,
      createdAt: at,
      updatedAt: at,
      ...fields,
    };
    this.campaigns.set(campaign.id, campaign);
    this.#version += 1;
    return campaign;
  }

  addThread(fields: NewThread): WorldThread {
    const vendor = this.campaigns.get(fields.campaignId ?? '')?.vendor ?? null;
    const thread = makeThread({ vendor, ...fields }, this.#random, this.#clock());
    this.#threads.set(thread.id, thread);
    this.#byLead.set(leadKey(thread.campaignId, thread.leadEmail), thread);
    this.#version += 1;
    return thread;
  }

  addMessage(threadId: string, fields: NewMessage): WorldMessage {
    const thread = this.#get(threadId);
    const message = makeMessage(thread, fields, this.#random);
    thread.messages.push(message);
    this.#await(message);
    this.#version += 1;
    return message;
  }

  /** Cohesive shows `interested` as `isInterested`; ColdSend shows the word as its `category`. */
  setLabel(threadId: string, intent: string | null): void {
    this.#change(threadId, (thread) => {
      thread.intent = intent;
      thread.labels.push({ at: this.#clock(), intent });
    });
  }

  setRead(threadId: string, read: boolean): void {
    this.#change(threadId, (thread) => {
      thread.read = read;
    });
  }

  setStarred(threadId: string, starred: boolean): void {
    this.#change(threadId, (thread) => {
      thread.starred = starred;
    });
  }

  /** Takes it out of the lists; it can still be opened. */
  archive(threadId: string): void {
    this.#change(threadId, (thread) => {
      thread.archivedAt = this.#clock();
    });
  }

  restore(threadId: string): void {
    this.#change(threadId, (thread) => {
      thread.archivedAt = null;
    });
  }

  /** As if it had never been. */
  removeThread(threadId: string): void {
    const thread = this.#get(threadId);
    this.#threads.delete(threadId);
    const key = leadKey(thread.campaignId, thread.leadEmail);
    if (this.#byLead.get(key) === thread) this.#byLead.delete(key);
    this.#version += 1;
  }

  /** Carries out a reply or forward: kept in the outbox, and shown in the thread after the lag if it is to be shown. */
  send({ sender, show, shown, attachments = [], ...fields }: NewSent, lagMs: number): Sent {
    const at = this.#clock();
    const thread = this.#get(fields.threadId);
    const message: NewMessage = {
      direction: 'outbound',
      sentAt: at,
      visibleAt: at + lagMs,
      from: sender,
      to: fields.to.join(', '),
      cc: fields.cc,
      bcc: fields.bcc,
      subject: `${fields.kind === 'reply' ? 'Re' : 'Fwd'}: ${thread.subject}`,
      text: shown?.text ?? fields.text,
      html: shown?.html ?? fields.html,
      attachments,
    };
    const messageId = show
      ? this.addMessage(thread.id, message).messageId
      : `<${seededUuid(this.#random)}@mail.example>`;
    const sent: Sent = { ...fields, at, messageId };
    this.outbox.push(sent);
    this.#version += 1;
    return sent;
  }

  cancelFollowUps(threadId: string): void {
    this.#change(threadId, (thread) => {
      thread.followUpsCancelledAt = this.#clock();
    });
  }

  save(): SavedWorld {
    return { campaigns: [...this.campaigns.values()], threads: [...this.#threads.values()], outbox: this.outbox };
  }

  #get(threadId: string): MutableThread {
    const thread = this.#threads.get(threadId);
    if (!thread) throw new Error(`The sandbox has no thread ${threadId}; add it first.`);
    return thread;
  }

  #change(threadId: string, apply: (thread: MutableThread) => void): void {
    const thread = this.#get(threadId);
    apply(thread);
    thread.version += 1;
    this.#version += 1;
  }

  #await(message: WorldMessage): void {
    let low = 0;
    let high = this.#pending.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#pending[middle]?.visibleAt ?? 0) > message.visibleAt) low = middle + 1;
      else high = middle;
    }
    this.#pending.splice(low, 0, message);
  }

  #show(message: WorldMessage): void {
    const thread = this.#threads.get(message.threadId);
    if (!thread) return;
    const after = thread.visible.findLastIndex((known) => known.sentAt <= message.sentAt);
    thread.visible.splice(after + 1, 0, message);
    if (message.direction === 'inbound') {
      thread.visibleInbound += 1;
      // Assumed: a new reply makes its thread unread.
      thread.read = false;
    }
    const isActivity = this.#activity === 'first' ? thread.visible.length === 1 : this.#activity === 'any';
    if (isActivity || (this.#activity === 'inbound' && message.direction === 'inbound')) {
      thread.lastActivityAt = Math.max(thread.lastActivityAt, message.sentAt);
    }
    thread.version += 1;
    this.#version += 1;
  }

  #restore({ campaigns, threads, outbox }: SavedWorld): void {
    for (const campaign of campaigns) this.campaigns.set(campaign.id, campaign);
    for (const { messages, visible, labels, ...thread } of threads) {
      const copy = { ...thread, messages: [...messages], visible: [...visible], labels: [...labels] };
      this.#threads.set(copy.id, copy);
      this.#byLead.set(leadKey(copy.campaignId, copy.leadEmail), copy);
      const shown = new Set(visible.map((message) => message.replyId));
      for (const message of messages) if (!shown.has(message.replyId)) this.#await(message);
    }
    this.outbox.push(...outbox);
  }
}

export const createWorld = (options: WorldOptions): World => new World(options);
