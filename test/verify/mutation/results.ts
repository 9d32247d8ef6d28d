import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { execPath } from 'node:process';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';

export interface Result {
  readonly name: string;
  readonly check: string;
  readonly finding?: string;
  readonly error?: string;
}

/** What one run of a mutant runner reported. It is a process of its own: only Node's loader can serve another text for a file. */
export class Results {
  readonly #results = new Map<string, Result>();

  static async of(runner: string): Promise<Results> {
    const child = spawn(execPath, [runner], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    const results = new Results();
    for (const line of output.split('\n').filter(Boolean)) {
      const result: Result = JSON.parse(line);
      results.#results.set(`${result.check}: ${result.name}`, result);
    }
    return results;
  }

  expectNoticed(name: string, check: string): void {
    const result = this.#results.get(`${check}: ${name}`);
    expect(result?.error).toBeUndefined();
    expect(result?.finding, 'nothing noticed it').toBeTruthy();
  }
}
