import type { ReplyData } from '../events/event.ts';
import { showsNothing } from '../text/lines.ts';

const VALUE_MAX = 80;
const PLACE = /\{\{\s*([A-Za-z.]+)\s*(?:\|([^{}|]*))?\}\}/g;

/** Words before a name that are no part of it. */
const TITLES = new Set(['mr', 'mrs', 'ms', 'miss', 'dr', 'prof', 'herr', 'frau', 'sir', 'mme', 'm', 'sr', 'sra']);

/**
 * What a stranger calls himself, fit to stand in a sentence: one line, no markup, no braces. What looks like an address or a
 * link is no name: a mail program would make one of it.
 */
function tame(text: string | null | undefined): string {
  const line = (text ?? '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/[<>{}|`*_~[\]\\"]/g, '')
    .split(/\s+/)
    .filter(Boolean)
    .join(' ');
  return line.length > VALUE_MAX || /@|:\/\/|\bwww\.|\w\.\w{2,}|\//.test(line) ? '' : line;
}

/** "Dr. Jane Doe" and "Doe, Jane" are Jane; what has no letter is nobody. */
function firstName(name: string | null): string {
  const whole = tame(name);
  const [family = '', given] = whole.split(',').map((part) => part.trim());
  const words = (given || family).split(' ').filter((word) => !TITLES.has(word.replace(/\.$/, '').toLowerCase()));
  const [first = ''] = words;
  return /\p{L}/u.test(first) ? first : '';
}

const nameOf = (name: string | null) => (/\p{L}/u.test(tame(name)) ? tame(name) : '');

interface Variable {
  readonly of: (data: ReplyData) => string;
  /** What stands there when it is not known. */
  readonly otherwise: string;
}

/** An e-mail address is shown as it is, as long as it is one. */
const address = (email: string) => (/^[^\s<>{}"\p{Cc}\p{Cf}]+@[^\s<>{}"\p{Cc}\p{Cf}]+$/u.test(email) ? email : '');

const VARIABLES: Readonly<Record<string, Variable>> = {
  'lead.firstName': { of: ({ lead }) => firstName(lead.name), otherwise: 'there' },
  'lead.name': { of: ({ lead }) => nameOf(lead.name), otherwise: 'there' },
  'lead.email': { of: ({ lead }) => address(lead.email), otherwise: 'your address' },
  'campaign.name': { of: ({ campaign }) => tame(campaign?.name), otherwise: 'our conversation' },
  'thread.subject': { of: ({ thread }) => tame(thread.subject), otherwise: 'our conversation' },
};

const NAMES = Object.keys(VARIABLES);

/** What is wrong with a template, as the end of "this …"; undefined when it can be filled in. */
export function templateTrouble(template: string): string | undefined {
  for (const [, name = ''] of template.matchAll(PLACE))
    if (!Object.hasOwn(VARIABLES, name)) return `names "${name}", which there is not; use one of ${NAMES.join(', ')}`;
  const rest = template.replace(PLACE, '');
  if (showsNothing(template)) return 'shows a reader nothing; write what is to be answered';
  if (!rest.includes('{{') && !rest.includes('}}')) return undefined;
  return `holds braces that name nothing; write {{lead.firstName}}, or {{lead.firstName|there}} with words for when it is not known`;
}

/** Filled in once: what a value holds is never looked into again. */
export function fillIn(template: string, data: ReplyData): string {
  return template.replace(PLACE, (_, name: string, otherwise: string | undefined) => {
    const variable = VARIABLES[name];
    return variable?.of(data) || (otherwise?.trim() ?? variable?.otherwise ?? '');
  });
}
