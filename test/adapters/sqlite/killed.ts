import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

const writer = fileURLToPath(new URL('killed-writer.ts', import.meta.url));

/** Starts a writer, kills it without warning after `lines` acknowledged documents, and gives those. */
export async function writeAndKill(file: string, round: number, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, [writer, file, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: string[] = [];
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === '') continue;
    acknowledged.push(line);
    if (acknowledged.length === lines) child.kill('SIGKILL');
  }
  await exited;
  // A line that was cut by the kill is no acknowledgement.
  return acknowledged.filter((line) => /^\d+-\d-\d+$/.test(line)).slice(0, lines);
}

/** What SQLite's own check finds, pages and indexes: `ok`. */
export function integrityOf(file: string): unknown {
  const database = new DatabaseSync(file);
  try {
    return database.prepare('PRAGMA integrity_check').get()?.integrity_check;
  } finally {
    database.close();
  }
}
