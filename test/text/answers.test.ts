import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type MailBody, ownText } from '../../shared/text/read.ts';
import { type Expected, faultOf } from './expected.ts';

interface Answer {
  readonly what: string;
  readonly mail: MailBody;
  readonly expected: Expected;
}

function answers(name: string): readonly (readonly [what: string, answer: Answer])[] {
  const text = readFileSync(new URL(`../fixtures/answers/${name}.json`, import.meta.url), 'utf8');
  const list: readonly Answer[] = JSON.parse(text);
  return list.map((answer) => [answer.what, answer]);
}

describe('an answer above its history comes out alone', () => {
  it.each(answers('above-history'))('%s', (_what, { mail, expected }) => {
    expect(faultOf(ownText(mail), expected)).toBeUndefined();
  });
});

describe('words that only look like history stay', () => {
  it.each(answers('kept'))('%s', (_what, { mail, expected }) => {
    expect(faultOf(ownText(mail), expected)).toBeUndefined();
  });
});
