declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    /** A folder of LevelDB; in memory when absent. */
    readonly path?: string;
    readonly createTableMs?: number;
  }
  export default function dynalite(options: Options): Server;
}
