import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** A thread of its own: reading a large database whole would hold up all else. Answers whether the file is whole. */
function isWhole(file: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    return database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check === 'ok';
  } catch {
    return false;
  } finally {
    database?.close();
  }
}

parentPort?.postMessage(isWhole(String(workerData)));
