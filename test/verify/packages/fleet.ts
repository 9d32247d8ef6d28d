import { Container, type InvokeOptions, type Outcome } from './container.ts';
import type { Deployable, FunctionName } from './template.ts';

const ERRORS_SHOWN = 8;

export interface FleetOptions {
  readonly deployable: Deployable;
  readonly folderOf: (name: FunctionName) => string;
  readonly environmentOf: (name: FunctionName) => Readonly<Record<string, string>>;
  readonly preload: string;
}

interface Started {
  readonly name: FunctionName;
  readonly container: Container;
}

/** The Lambda service, as far as a deployment sees it: a call takes an idle container of its function, or starts one. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #idle: Started[] = [];
  readonly #busy = new Set<Started>();
  readonly #output: string[] = [];
  #starts = 0;
  #kills = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** What all functions wrote. */
  get output(): string {
    return this.#output.join('');
  }

  /** What they took for an error of ours, the last of it. */
  get errors(): readonly string[] {
    return this.output
      .split('\n')
      .filter((line) => /"level":"error"|"errorType"|LAMBDA_RUNTIME/.test(line))
      .slice(-ERRORS_SHOWN);
  }

  get starts(): number {
    return this.#starts;
  }

  /** Containers that died at work. */
  get kills(): number {
    return this.#kills;
  }

  async invoke(name: FunctionName, event: unknown = {}, options: InvokeOptions = {}): Promise<Outcome> {
    return await this.run(await this.take(name), event, options);
  }

  /** A container for one call, to be given to {@link run}. */
  async take(name: FunctionName): Promise<Started> {
    const found = this.#idle.findIndex((started) => started.name === name);
    const [known] = found < 0 ? [] : this.#idle.splice(found, 1);
    const started = known ?? (await this.#start(name));
    this.#busy.add(started);
    return started;
  }

  async run(started: Started, event: unknown, options: InvokeOptions = {}): Promise<Outcome> {
    const outcome = await started.container.invoke(event, options);
    this.#busy.delete(started);
    if (outcome.kind === 'error') started.container.kill();
    else if (started.container.alive) this.#idle.push(started);
    else this.#kills += 1;
    return outcome;
  }

  /** Throws every idle container away, as AWS does whenever it likes. */
  recycle(): void {
    for (const { container } of this.#idle.splice(0)) container.kill();
  }

  close(): void {
    this.recycle();
    for (const { container } of this.#busy) container.kill();
  }

  async #start(name: FunctionName): Promise<Started> {
    const { deployable, folderOf, environmentOf, preload } = this.#options;
    this.#starts += 1;
    const container = await Container.start({
      spec: deployable.functions[name],
      folder: folderOf(name),
      environment: environmentOf(name),
      preload,
      onOutput: (text) => this.#output.push(text),
    });
    return { name, container };
  }
}
