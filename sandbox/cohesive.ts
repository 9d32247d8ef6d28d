import { type CampaignStatus, foldedId } from '../shared/model.ts';
import type { HttpResponse } from '../shared/ports.ts';
import { cohesiveForward, cohesiveReply } from './cohesive-actions.ts';
import {
  decoded,
  type Handler,
  header,
  html,
  isoTime,
  json,
  noContent,
  type SandboxRequest,
  type Scene,
  shownId,
  text,
} from './exchange.ts';
import {
  AnswerCache,
  hasReplies,
  inOrder,
  isBad,
  isOrderDrawn,
  isPageDrawn,
  pageRows,
  RowCache,
  served,
  signed,
  timed,
  withDoubles,
} from './lists.ts';
import type { WorldCampaign, WorldMessage, WorldThread } from './world-model.ts';

type List = 'replies' | 'all';

const STATUSES: Record<CampaignStatus, string> = {
  draft: 'DRAFTED',
  active: 'ACTIVE',
  completed: 'COMPLETED',
  stopped: 'STOPPED',
  paused: 'PAUSED',
  archived: 'ARCHIVED',
  failed: 'STOPPED',
  unknown: 'ACTIVE',
};

const isHere = ({ vendor }: WorldCampaign) => vendor === null || vendor === 'cohesive';

const isInterested = (thread: WorldThread) => thread.intent === 'interested';

/** Assumed: the latest text, cut to a line. The page says "short summary of the conversation". */
function tagline(thread: WorldThread): string {
  return (thread.visible.at(-1)?.text ?? '').replace(/\s+/g, ' ').slice(0, 80);
}

function row(thread: WorldThread, list: List, { switches }: Scene, bad: boolean): string {
  return JSON.stringify({
    leadEmail: bad ? 42 : thread.leadEmail,
    leadName: thread.leadName,
    category: list === 'replies' ? 'reply' : 'sent',
    lastTimestamp: bad
      ? 'soon'
      : switches.cohesiveSeconds
        ? Math.floor(thread.lastActivityAt / 1000)
        : thread.lastActivityAt,
    isInterested: isInterested(thread),
    tagline: tagline(thread),
    tags: thread.tags,
  });
}

function message(given: WorldMessage, campaignId: string, scene: Scene) {
  return {
    // Assumed: Smartlead's words SENT and REPLY.
    type: given.direction === 'outbound' ? 'SENT' : 'REPLY',
    id: shownId(given.messageId, scene),
    time: scene.switches.badRowIds.includes(given.replyId) ? 'soon' : isoTime(given.sentAt, scene),
    from: given.from,
    to: given.to,
    emailBody: signed(given.html, scene),
    subject: given.subject,
    emailSequenceNumber: given.sequenceNumber === null ? null : String(given.sequenceNumber),
    openCount: given.direction === 'outbound' ? 0 : null,
    clickCount: given.direction === 'outbound' ? 0 : null,
    campaignId,
    statsId: given.statsId,
    cc: given.cc,
    bcc: given.bcc,
    attachments: given.attachments.map(({ url, filename, contentType }) => ({ url, filename, contentType })),
  };
}

/** Assumed: any part of address, name, subject or text, in any case. */
function matches(thread: WorldThread, search: string): boolean {
  const wanted = search.toLowerCase();
  return [thread.leadEmail, thread.leadName, thread.subject, ...thread.visible.map((shown) => shown.text)].some(
    (part) => part.toLowerCase().includes(wanted),
  );
}

const inList = (thread: WorldThread, list: List) =>
  list === 'replies'
    ? hasReplies(thread)
    : thread.archivedAt === null && thread.visible.some((shown) => shown.direction === 'outbound');

/** Assumed: what is no number counts from the start, as the gateway checks nothing. */
const offsetOf = (given: string | null) => Math.max(0, Math.floor(Number(given ?? 0)) || 0);

const wrapped = (array: string, { switches }: Scene) =>
  switches.cohesiveWrapped === '' ? array : `{${JSON.stringify(switches.cohesiveWrapped)}:${array}}`;

class CohesiveLists {
  readonly #scene: Scene;
  readonly #sorted = new AnswerCache<readonly WorldThread[]>(isOrderDrawn);
  readonly #pages = new AnswerCache<string>(isPageDrawn);
  readonly #rows = { replies: new RowCache(), all: new RowCache() };

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** `sortBy`: `date` is the one word on the page; assumed to be the order there is anyway, like every other word. */
  answer(campaignId: string, list: List, query: string): HttpResponse {
    const { switches } = this.#scene;
    const name = `${campaignId} ${list} ${query}`;
    const body = this.#pages.get(this.#scene, name, () => this.#page(campaignId, list, new URLSearchParams(query)));
    switches.onListPage?.();
    return body === '' ? noContent(this.#scene) : text(this.#scene, body);
  }

  /** Empty for an answer without a body. */
  #page(campaignId: string, list: List, asked: URLSearchParams): string {
    const [search, interest] = [asked.get('search'), asked.get('isInterested')];
    let found = this.#threads(campaignId, list);
    // The gateway drops empty values; other words than true and false are assumed to filter nothing.
    if (search) found = found.filter((thread) => matches(thread, search));
    if (list === 'replies' && (interest === 'true' || interest === 'false')) {
      found = found.filter((thread) => isInterested(thread) === (interest === 'true'));
    }
    const offset = offsetOf(asked.get('offset'));
    const { cohesivePageSize, emptyLists } = this.#scene.switches;
    const cut = served(found.slice(offset, offset + pageRows(cohesivePageSize, this.#scene)), this.#scene);
    if (cut.length === 0 && emptyLists === 'no-content') return '';
    if (cut.length === 0 && emptyLists === 'null') return wrapped('null', this.#scene);
    return wrapped(`[${cut.map((thread) => this.#row(thread, list)).join()}]`, this.#scene);
  }

  #threads(campaignId: string, list: List): readonly WorldThread[] {
    const scene = this.#scene;
    const belongs = (thread: WorldThread) => thread.campaignId === campaignId && inList(thread, list);
    return this.#sorted.get(scene, `${list} ${campaignId}`, () =>
      inOrder(withDoubles([...scene.world.threads.values()].filter(belongs), scene), scene),
    );
  }

  #row(thread: WorldThread, list: List): string {
    const scene = this.#scene;
    if (isBad(thread.id, scene)) return row(thread, list, scene, true);
    const form = String(scene.switches.cohesiveSeconds);
    return timed(
      this.#rows[list].get(thread, form, () => row(thread, list, scene, false)),
      { id: thread.id, field: 'lastTimestamp' },
      scene,
    );
  }
}

function campaigns(scene: Scene): HttpResponse {
  const array = [...scene.world.campaigns.values()]
    .filter((campaign) => isHere(campaign) && !scene.switches.campaignsHidden)
    .map(({ id, createdAt, updatedAt, status, name }) => ({
      id,
      createdAt,
      updatedAt,
      status: STATUSES[status],
      // Assumed: the page names no value.
      creationStatus: status === 'draft' ? 'IN_PROGRESS' : 'COMPLETED',
      name,
    }));
  return text(scene, wrapped(JSON.stringify(array), scene));
}

const isSameLead = (one: WorldThread, other: WorldThread): boolean =>
  one.campaignId !== null && one.leadEmail.toLowerCase() === other.leadEmail.toLowerCase();

/** "The full conversation history with a lead": of the campaign asked about, or of all that the lead stands in; the page leaves it open. */
function historyOf({ world, switches }: Scene, thread: WorldThread): readonly (readonly [WorldMessage, string])[] {
  const threads = switches.cohesiveWholeLead
    ? [...world.threads.values()].filter((other) => isSameLead(other, thread))
    : [thread];
  const history = threads.flatMap(({ campaignId, visible }) =>
    visible.map((shown) => [shown, campaignId ?? ''] as const),
  );
  return history.sort(([one], [other]) => one.sentAt - other.sentAt);
}

function conversation(scene: Scene, campaignId: string, query: string): HttpResponse {
  const leadEmail = new URLSearchParams(query).get('leadEmail');
  if (!leadEmail) return json(scene, { error: 'leadEmail is required' }, 400);
  scene.world.look();
  const thread = scene.world.threadOf(campaignId, leadEmail);
  if (!thread || thread.visible.length === 0) return json(scene, { error: 'Conversation not found' }, 404);
  return json(scene, {
    fromEmail: thread.inboxEmail,
    toEmail: thread.leadEmail,
    history: historyOf(scene, thread).map(([shown, campaign]) => message(shown, campaign, scene)),
  });
}

/** Cohesive's API over a world. Source: Cohesive's API page; the gateway's habits are named where they are used. */
export function createCohesive(scene: Scene): Handler {
  const { world, switches } = scene;
  const lists = new CohesiveLists(scene);

  const ofCampaign = ({ method, query, body }: SandboxRequest, campaignId: string, rest: string): HttpResponse => {
    if (method === 'GET' && rest === 'inbox/all') return lists.answer(campaignId, 'all', query);
    if (method === 'GET' && rest === 'inbox/replies') return lists.answer(campaignId, 'replies', query);
    if (method === 'GET' && rest === 'conversation') return conversation(scene, campaignId, query);
    if (method === 'POST' && rest === 'reply') return cohesiveReply(scene, campaignId, body);
    if (method === 'POST' && rest === 'forward') return cohesiveForward(scene, campaignId, body);
    return html(scene, 404);
  };

  return (request) => {
    const { method, path, headers } = request;
    const key = header(headers, 'x-api-key');
    // Source: the gateway's code answers so when the header is absent.
    if (!key) return json(scene, { error: 'Missing API key' }, 401);
    const known = Object.hasOwn(switches.cohesiveKeys, key);
    // Assumed: the key is the organisation's id in the query behind, so that a wrong one finds nothing.
    if (method === 'GET' && path === '/campaigns') return known ? campaigns(scene) : text(scene, '[]');
    const slash = path.indexOf('/', 1);
    // Source: an unknown route on a Next.js host is an HTML page.
    if (slash < 0) return html(scene, 404);
    const campaignId = foldedId(decoded(path.slice(1, slash)));
    const campaign = world.campaigns.get(campaignId);
    if (!known || !campaign || !isHere(campaign)) return json(scene, { error: 'Campaign not found' }, 404);
    return ofCampaign(request, campaign.id, path.slice(slash + 1));
  };
}
