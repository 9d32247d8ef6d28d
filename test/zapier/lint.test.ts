import { describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../shared/providers/index.ts';
import { appFor, deployedApp } from '../../zapier/app.ts';
import { asJson, lint, RULES } from './lint.ts';

type Draft = { [key: string]: never } & Record<string, never>;

const VERSIONS = { version: '1.0.0', platformVersion: '19.1.0' };
const definition = () => asJson(appFor(PROVIDERS, VERSIONS));

describe('the definition', () => {
  it.each([['all', PROVIDERS] as const, ...PROVIDERS.map((one) => [one.id, [one]] as const)])(
    'of the app for %s breaks none of the checks that need no server',
    (_, providers) => {
      expect(lint(asJson(appFor(providers, VERSIONS)))).toEqual([]);
    },
  );

  it("of the app of one's own deployment breaks none of them", () => {
    expect(lint(asJson(deployedApp(VERSIONS)))).toEqual([]);
  });

  it('of a single provider asks for no provider, and offers only what the provider has', () => {
    for (const provider of PROVIDERS) {
      const app = appFor([provider], VERSIONS);
      expect(app.authentication.fields.some(({ key }) => key === 'provider')).toBe(false);
      expect('mark_read' in app.creates).toBe(provider.supports.has('readMarks'));
      expect('star_thread' in app.creates).toBe(provider.supports.has('stars'));
      expect('forward_thread' in app.creates).toBe(provider.supports.has('forwards'));
      expect('new_labelled_reply' in app.triggers).toBe(true);
    }
  });
});

/** One way to break each rule; what is broken is found under its name. */
const BREAKS: Readonly<Record<keyof typeof RULES, (app: Draft) => void>> = {
  D001: put('creates.send_reply.operation.inputFields.1.key', 'api_key'),
  D002: put('authentication.fields.1.helpText', 'It is in your account.'),
  D003: put('authentication.connectionLabel', 'My connection'),
  D004: put('creates.send_reply.operation.inputFields.0.dynamic', undefined),
  D005: put('creates.send_reply.operation.inputFields.0.dynamic', 'nothing.id.name'),
  D006: put('triggers.new_reply.operation.type', 'hook'),
  D007: put('authentication.fields.3.placeholder', 'http://replybus.acme.example'),
  D008: put('authentication.fields.3.helpText', 'See https://acme.example/help.'),
  D009: put('searches.find_thread.operation.inputFields', []),
  D010: put('triggers.new_reply.operation.sample.id', undefined),
  D011: put('creates.send_reply.operation.inputFields.1.helpText', 'Text'),
  D012: put('creates.send_reply.operation.sample', undefined),
  D013: put('creates.send_reply.operation.inputFields.0.search', 'find_nothing.id'),
  D014: put('creates.send_reply.operation.inputFields.1.search', 'find_thread.id'),
  D015: put('searchOrCreates', { find_thread: { search: 'find_thread', create: 'make_thread' } }),
  D016: put('triggers.new_reply.operation.type', 'hook'),
  D017: put('triggers.new_reply.operation.type', 'hook'),
  D018: put('creates.send_reply.display.label', 'Send reply'),
  D021: put('triggers.new_reply.display.description', 'A lead has replied.'),
  D022: put('creates.mark_read.operation.inputFields', ['$func$2$f$']),
  D023: put('triggers.new_reply.operation.sample.sent_at', '2025-01-20 14:32'),
  D024: put('triggers.new_reply.operation.sample.starred', 'no'),
  D025: put('creates.send_reply.display.description', 'Sends [it](javascript:void) now.'),
  D026: put('authentication.fields.3.inputFormat', 'https://{{input}}'),
  D028: put('flags.cleanInputData', true),
  'key in snake case': put('creates.send_reply.key', 'sendReply'),
  'noun singular': put('creates.send_reply.noun', 'Replies'),
  'verb first': put('creates.send_reply.display.description', 'Send a reply.'),
  'link for every secret': put('authentication.fields.4.helpText', 'Needed with a Deployment URL.'),
  "no app's name in a label": put('creates.send_reply.display.label', 'Send Replybus Reply'),
  'find, not get': put('searches.find_thread.display.label', 'Get Thread'),
  'no ID in a label': put('creates.send_reply.operation.inputFields.0.label', 'Thread ID'),
  'label for every input': put('creates.send_reply.operation.inputFields.1.label', ''),
  'required first': put('creates.star_thread.operation.inputFields.0.required', false),
  'label for every output': put('triggers.new_reply.operation.outputFields.0.label', ''),
  'no empty value in a sample': put('triggers.new_reply.operation.sample.subject', ''),
  'a form for every lock': put('creates.send_reply.operation.lock.key', 'fixed'),
};

function put(path: string, value: unknown) {
  return (app: Draft): void => {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let place: Record<string, unknown> = app;
    for (const key of keys) place = place[key] as Record<string, unknown>;
    place[last] = value;
  };
}

describe('each rule', () => {
  it.each(Object.entries(BREAKS))('%s finds what breaks it', (rule, breakIt) => {
    const broken = definition() as Draft;
    breakIt(broken);
    expect(lint(broken).map((finding) => finding.rule)).toContain(rule);
  });

  it('has a definition that breaks it', () => {
    expect(Object.keys(BREAKS)).toEqual(Object.keys(RULES));
  });
});
