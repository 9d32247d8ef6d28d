import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startFlags } from '../verify/bench/backfill-memory.ts';

const COMMAND = join(import.meta.dirname, '../../cli/replybus.mjs');

describe('the replybus command', () => {
  it('gives Node the same flags as npm start', () => {
    const [first = ''] = readFileSync(COMMAND, 'utf8').split('\n');
    expect(startFlags()).toContain('--max-semi-space-size=8');
    expect(first).toBe(`#!/usr/bin/env -S node ${startFlags().join(' ')}`);
  });

  it('runs as a program of its own', () => {
    const env = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
    expect(execFileSync(COMMAND, ['--help'], { encoding: 'utf8', env })).toContain('replybus');
  });
});
