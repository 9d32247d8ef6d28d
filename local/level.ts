import { createRequire } from 'node:module';

/** What we use of the npm package `level`. Opening takes the operating system's lock on the folder, which ends with the process however that ends. */
export interface Level<Value> {
  open(): Promise<void>;
  close(): Promise<void>;
  get(key: string): Promise<Value | undefined>;
  put(key: string, value: Value): Promise<void>;
  del(key: string): Promise<void>;
  iterator(range: { readonly gte: string; readonly lt: string }): AsyncIterable<[string, Value]>;
}

type Encoding = { readonly valueEncoding: 'utf8' | 'json' };
type LevelModule = { readonly Level: new <Value>(folder: string, encoding: Encoding) => Level<Value> };

/** Dynalite's own copy, so that both speak of the same lock and no second native module is installed. */
export function openLevel<Value>(folder: string, valueEncoding: Encoding['valueEncoding']): Level<Value> {
  const dynalite = createRequire(import.meta.url).resolve('dynalite');
  const { Level }: LevelModule = createRequire(dynalite)('level');
  return new Level<Value>(folder, { valueEncoding });
}
