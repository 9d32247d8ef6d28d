import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../shared/failure.ts';
import { isRecord } from './exchange.ts';
import type { World } from './world.ts';
import type { SavedWorld } from './world-model.ts';

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';

const isSaved = (value: unknown): value is SavedWorld =>
  isRecord(value) && ['campaigns', 'threads', 'outbox'].every((name) => Array.isArray(value[name]));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The world as a file left it; undefined when there is no file yet. */
export function loadWorld(file: string): SavedWorld | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new UserError(`The sandbox's world ${file} cannot be read; check the path and its permissions.`, 1);
  }
  const saved = parsed(text);
  if (isSaved(saved)) return saved;
  throw new UserError(`The sandbox's world ${file} is damaged; delete the file to begin a new one.`, 1);
}

/** Keeps a file up to date with a world. Written whole and renamed, so that a crash leaves the one before. */
export class WorldFile {
  readonly #file: string;
  readonly #world: World;
  #written = 0;

  constructor(file: string, world: World) {
    this.#file = file;
    this.#world = world;
  }

  /** Synchronous: what a caller was told has happened is on disk. */
  saveIfChanged(): void {
    const version = this.#world.look();
    if (version === this.#written) return;
    const draft = `${this.#file}.new`;
    try {
      if (this.#written === 0) mkdirSync(dirname(this.#file), { recursive: true });
      writeFileSync(draft, JSON.stringify(this.#world.save()));
      renameSync(draft, this.#file);
    } catch {
      throw new UserError(`The sandbox's world cannot be written to ${this.#file}; choose another folder.`, 1);
    }
    this.#written = version;
  }
}
