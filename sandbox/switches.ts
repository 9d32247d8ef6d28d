export type Vendor = 'cohesive' | 'coldsend';

/** What a key may do: ColdSend's scopes; Cohesive has none and takes any list. */
export type Keys = Readonly<Record<string, readonly string[]>>;

/** How every request for one thing ends: a status with the vendor's error, no answer within the caller's time, half of one. */
export const FAILINGS = ['401', '403', '404', '429', '500', '503', 'timeout', 'truncated'] as const;
export type Failing = (typeof FAILINGS)[number];

/** How the sandbox misbehaves. Read at every request, so a change holds from the next one on. Rates lie in 0 to 1. */
export interface Switches {
  /** How long an answer takes. */
  latencyMs: number;

  /** Which requests the faults below may hit. */
  faultScope: 'all' | 'reads' | 'writes';
  /** Answered 429, not carried out. */
  throttledRate: number;
  /** What such an answer says about the wait besides its text. */
  throttledSignal: 'retry-after' | 'x-ratelimit' | 'none';
  throttledSeconds: number;
  /** Answered with `errorStatus`, not carried out. */
  errorRate: number;
  /** Carried out, then answered with `errorStatus`. Source: Cohesive's gateway code, whose 500 may follow a successful send. */
  errorAfterRate: number;
  errorStatus: number;
  /** Only without sockets: no connection, no byte left. */
  refusedRate: number;
  /** Connection reset, not carried out. */
  resetBeforeRate: number;
  /** Carried out, then the connection is reset. */
  resetAfterRate: number;
  /** Carried out, then answered 200 with an HTML page. */
  htmlRate: number;
  /** Carried out, then answered with the first half of the JSON. */
  truncatedRate: number;
  /** Requests whose path and query hold the text end so each time: a campaign's id, a thread's id, a lead's address; `/` is all. */
  failing: Readonly<Record<string, Failing>>;

  /** Pages of lists that begin so many rows below the top, or deeper, end with 500 each time; 0 for none. */
  failingBelowRow: number;

  listOrder: 'newest' | 'oldest' | 'by-id';
  /** Lists come in another order at each request. */
  orderDrawn: boolean;
  /** Rows of equal time come in another order at each request. */
  shuffleTies: boolean;
  /** In this share of list pages two rows that stand together have changed places. */
  swappedRate: number;
  /** This share of list pages ends early, by up to half. Totals stay. */
  shortPageRate: number;
  /** Rows of a list's page: one of these at each request, and what was asked for at the most; none for as many as ever. */
  pageRowsDrawn: readonly number[];
  /** This share of list pages comes empty. Totals stay. */
  emptyPageRate: number;
  /** Called after each list page, so before the next one is read: rows come and go while pages are read. */
  onListPage?: () => void;
  /** Share of list rows served malformed, drawn anew at each request. */
  badRowRate: number;
  /** Threads (by id) and messages (by `replyId`) always served malformed. */
  badRowIds: readonly string[];
  /** Share of list rows served with a time that no one can read, drawn anew at each request. */
  untimedRowRate: number;
  /** Threads (by id) whose rows never have a time that can be read. */
  untimedRowIds: readonly string[];
  /** Threads (by id) whose rows stand above all others, as pinned ones do; each group is in order. */
  standingRowIds: readonly string[];
  /** Threads (by id) listed twice: a row in other letter case shows each as it was before its newest message. */
  doubledRowIds: readonly string[];
  /** Such a row stands right above the newer one, whatever its time. */
  olderRowsAbove: boolean;
  /** How a list without rows is given. */
  emptyLists: 'list' | 'null' | 'no-content';
  /** GET /campaigns lists none, though they are there. */
  campaignsHidden: boolean;
  /** Answers carry a Date header. */
  dateHeader: boolean;
  /** Added to the world's clock in the Date header. */
  dateSkewMs: number;
  /** How times in ISO 8601 are written: in UTC, or in another zone, which is named or not. */
  isoTimes: 'utc' | 'offset' | 'zoneless';
  /** That zone, east of UTC. */
  isoZoneMinutes: number;
  /** Messages have ids. */
  messageIds: boolean;
  /** They stay as they are; otherwise each message has another id at each request. */
  idsStay: boolean;
  /** Each mail's HTML has a link that is signed anew at each request. */
  signedLinks: boolean;

  /** A sent reply shows in its thread this much later. */
  sentDelayMs: number;
  /** What stands below a sent reply in its thread besides its own words. */
  footer: 'none' | 'signature' | 'unsubscribe' | 'pixel' | 'history';
  /** Links of a sent reply lead over the vendor's own host there. */
  trackLinks: boolean;
  /** Whether a forward shows in its thread. Assumed true; the page does not say. */
  forwardsShow: boolean;

  cohesiveKeys: Keys;
  /** Rows per page; the page names no size. */
  cohesivePageSize: number;
  /** Lists under this key instead of bare arrays; `''` for bare. */
  cohesiveWrapped: string;
  /** `lastTimestamp` in seconds instead of milliseconds. */
  cohesiveSeconds: boolean;
  /** A conversation shows what the lead's other campaigns hold, too, each message under its own `campaignId`. */
  cohesiveWholeLead: boolean;

  coldsendKeys: Keys;
  /** Rows of a page at the most, whatever was asked for up to 100. */
  coldsendPageRows: number;
  /** `total_count` of lists: right, absent, the rows of the page alone, twice too many, messages instead of threads, or always 12. */
  coldsendTotals: 'right' | 'none' | 'page' | 'twice' | 'messages' | 'twelve';
  /** How rows spell the label `interested`, one thread this way, another that way; none for as the world has it. */
  coldsendSpellings: readonly string[];
  /** Which rows `category` finds: spelled like it, spelled in the world like it, or either in any letter case. */
  coldsendFilter: 'shown' | 'documented' | 'any-case';
  /** The answer names the limit it holds; otherwise null. */
  coldsendSaysLimit: boolean;
  /** The limit it names is the one it was asked for. */
  coldsendEchoesLimit: boolean;
  /** A page has no more rows than it was asked for. */
  coldsendHeedsLimit: boolean;
  /** 100 a minute and 1,000 an hour per key, with X-RateLimit-* on every answer. Source: ColdSend's rate-limits page. */
  coldsendRateLimits: boolean;
  /** Which of the three documented bodies a 403 has. */
  coldsendScopeBody: 'text' | 'lists' | 'coded';
  /** PATCH …/read with `{"is_read": false}` marks unread: the given page says "or unread", the reference page knows no body. */
  coldsendUnread: boolean;
  /** The answer to a reply carries `message_id: null`, as the reference page allows. */
  coldsendNullMessageId: boolean;
}

export const FOOTERS = [
  'none',
  'signature',
  'unsubscribe',
  'pixel',
  'history',
] as const satisfies readonly Switches['footer'][];

export const DEMO_KEYS = { cohesive: 'demo-cohesive-key', coldsend: 'cs_live_demo' } as const;

/** Everything off, and the demo keys. */
export const DEFAULT_SWITCHES: Readonly<Switches> = {
  latencyMs: 0,
  faultScope: 'all',
  throttledRate: 0,
  throttledSignal: 'none',
  throttledSeconds: 60,
  errorRate: 0,
  errorAfterRate: 0,
  errorStatus: 500,
  refusedRate: 0,
  resetBeforeRate: 0,
  resetAfterRate: 0,
  htmlRate: 0,
  truncatedRate: 0,
  failing: {},
  failingBelowRow: 0,
  listOrder: 'newest',
  orderDrawn: false,
  shuffleTies: false,
  swappedRate: 0,
  shortPageRate: 0,
  pageRowsDrawn: [],
  emptyPageRate: 0,
  badRowRate: 0,
  badRowIds: [],
  untimedRowRate: 0,
  untimedRowIds: [],
  standingRowIds: [],
  doubledRowIds: [],
  olderRowsAbove: false,
  emptyLists: 'list',
  campaignsHidden: false,
  dateHeader: true,
  dateSkewMs: 0,
  isoTimes: 'utc',
  isoZoneMinutes: 300,
  messageIds: true,
  idsStay: true,
  signedLinks: false,
  sentDelayMs: 0,
  footer: 'none',
  trackLinks: false,
  forwardsShow: true,
  cohesiveKeys: { [DEMO_KEYS.cohesive]: [] },
  cohesivePageSize: 20,
  cohesiveWrapped: '',
  cohesiveSeconds: false,
  cohesiveWholeLead: false,
  coldsendKeys: { [DEMO_KEYS.coldsend]: ['replies:all', 'campaigns:read'] },
  coldsendPageRows: 100,
  coldsendTotals: 'right',
  coldsendSpellings: [],
  coldsendFilter: 'shown',
  coldsendSaysLimit: true,
  coldsendEchoesLimit: false,
  coldsendHeedsLimit: true,
  coldsendRateLimits: false,
  coldsendScopeBody: 'lists',
  coldsendUnread: false,
  coldsendNullMessageId: false,
};

export const createSwitches = (changes: Partial<Switches> = {}): Switches => ({ ...DEFAULT_SWITCHES, ...changes });
