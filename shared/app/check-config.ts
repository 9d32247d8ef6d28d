import type { Config, SinkConfig } from '../config/schema.ts';
import { UserError } from '../failure.ts';
import { BASE_URL, CALLED_URL, KEY_TEXT } from '../fields.ts';
import type { Mail } from '../forwarding/mailer.ts';
import { providerNamed } from '../providers/index.ts';
import type { Place, Surroundings } from '../sinks/define-sink.ts';
import { sinkNamed } from '../sinks/index.ts';
import { bareRecipient } from '../text/recipient.ts';
import type { ConnectionPorts } from './ports.ts';

/** What the place where the config is to be used has to say of it. */
export interface ConfigRules {
  /** As named in sentences. */
  readonly file: string;
  readonly checkUrl: ConnectionPorts['checkUrl'];
  readonly checkMailUrl: Mail['checkUrl'];
  /**
   * A secret as the config writes it; resolves to its value where that can be had now, so that its form is checked too.
   * Throws for one that can never be used here.
   */
  secret(text: string, where: string): string | undefined;
  /** Where it is to be used: some sinks work in one place only. */
  readonly place: Place;
  warn(sentence: string): void;
}

function insist(complaint: string | undefined, where: string): void {
  if (complaint !== undefined) throw new UserError(`${where}: ${complaint}`);
}

const NO_KEY = 'the key holds a space, a line break or another sign that no key has; copy it again.';

/** Never quotes the URL: a part of it may be a secret. */
function checkBaseUrl(url: string, rules: ConfigRules): string | undefined {
  if (BASE_URL.test(url)) return rules.checkUrl(url);
  return 'paths are put behind this, so it holds no "?", "#" or space; take them out.';
}

function checkCalledUrl(url: string, rules: ConfigRules): string | undefined {
  if (CALLED_URL.test(url)) return rules.checkUrl(url);
  return 'what comes after a "#" is never sent, and a space is none of a URL; take them out.';
}

/** A person opens it, and links are made of it. */
function checkConsole({ console }: Config, { file }: ConfigRules): void {
  if (!console) return;
  const { username, password } = new URL(console.url);
  if (BASE_URL.test(console.url) && !username && !password) return;
  insist('links are made of this, so it holds no "?", "#", "@" or space; take them out.', `${file}, console.url`);
}

function checkConnections({ connections }: Config, rules: ConfigRules): void {
  for (const [index, { provider, apiKey, baseUrl }] of connections.entries()) {
    const place = `${rules.file}, connections[${index}]`;
    if (!providerNamed(provider)) insist(`there is no provider "${provider}"; correct it.`, `${place}.provider`);
    if (baseUrl !== undefined) insist(checkBaseUrl(baseUrl, rules), `${place}.baseUrl`);
    const key = rules.secret(apiKey, `${place}.apiKey`);
    if (key !== undefined && !KEY_TEXT.test(key)) insist(NO_KEY, `${place}.apiKey`);
  }
}

/** The owner's mail server and sender, where the config has them. */
function checkForwarding({ forwarding }: Config, rules: ConfigRules): void {
  if (!forwarding) return;
  const where = `${rules.file}, forwarding.smtp`;
  const url = rules.secret(forwarding.smtp, where);
  if (url !== undefined) insist(rules.checkMailUrl(url), where);
  if (bareRecipient(forwarding.from) === undefined)
    insist('this is not a plain e-mail address; write it as jane@acme.example.', `${rules.file}, forwarding.from`);
}

type Reach = Pick<Surroundings, 'connections' | 'hasMailServer'>;

function reachOf({ connections, forwarding }: Config): Reach {
  const known = connections.flatMap(({ id, provider: name }) => {
    const provider = providerNamed(name);
    return provider ? [{ id, provider }] : [];
  });
  return { connections: known, hasMailServer: forwarding !== undefined };
}

function checkSink(config: SinkConfig, where: string, rules: ConfigRules, reach: Reach): void {
  const sink = sinkNamed(config.type);
  insist(sink.notIn[rules.place], where);
  const { urls, secrets, check } = sink.read(config);
  check({ where, place: rules.place, ...reach, warn: (sentence) => rules.warn(sentence) });
  for (const { field, url } of urls) insist(checkCalledUrl(url, rules), `${where}.${field}`);
  for (const { field, text, check: checkValue } of secrets) {
    const value = rules.secret(text, `${where}.${field}`);
    if (value !== undefined)
      insist(
        checkValue?.(value, (url) => checkCalledUrl(url, rules)),
        `${where}.${field}`,
      );
  }
}

/** Refuses, with one sentence that names the place, what could never work where the config is to be used. */
export function checkConfig(config: Config, rules: ConfigRules): void {
  checkConnections(config, rules);
  checkForwarding(config, rules);
  checkConsole(config, rules);
  const reach = reachOf(config);
  for (const [index, sink] of (config.sinks ?? []).entries())
    checkSink(sink, `${rules.file}, sinks[${index}]`, rules, reach);
}
