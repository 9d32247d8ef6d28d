type Work = () => Promise<void>;

interface Lane {
  readonly running: Set<string>;
  /** In order; what somebody waits for goes in front. */
  readonly urgent: Map<string, Work>;
  readonly waiting: Map<string, Work>;
}

/**
 * Work by lane: of each lane so many pieces at once, the rest in the order in which they came; no lane waits for another. A
 * piece has a key, and of one key one piece runs at a time.
 */
export class Lanes {
  readonly #atOnce: (lane: string) => number;
  readonly #lanes = new Map<string, Lane>();
  /** Key to lane, of what runs or waits. */
  readonly #keys = new Map<string, string>();
  readonly #idle: (() => void)[] = [];
  #stopped = false;

  constructor(atOnce: (lane: string) => number) {
    this.#atOnce = atOnce;
  }

  /** How many run or wait. */
  get size(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** How many wait in this lane. */
  queued(lane: string): number {
    const { urgent, waiting } = this.#lane(lane);
    return urgent.size + waiting.size;
  }

  /** Nothing, where the key runs or waits already. The work never rejects. */
  add(lane: string, key: string, work: Work): void {
    if (this.#stopped || this.#keys.has(key)) return;
    this.#keys.set(key, lane);
    this.#lane(lane).waiting.set(key, work);
    this.#fill(lane);
  }

  /** Before what waits, and once more where the key runs already. */
  addUrgent(lane: string, key: string, work: Work): void {
    if (this.#stopped) return;
    this.#keys.set(key, lane);
    const { waiting, urgent } = this.#lane(lane);
    waiting.delete(key);
    urgent.set(key, work);
    this.#fill(lane);
  }

  /** Begins nothing more. What waits is forgotten. */
  stop(): void {
    this.#stopped = true;
    for (const { running, urgent, waiting } of this.#lanes.values()) {
      for (const key of [...urgent.keys(), ...waiting.keys()]) if (!running.has(key)) this.#keys.delete(key);
      urgent.clear();
      waiting.clear();
    }
    this.#tellIdle();
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    while (this.#keys.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #lane(name: string): Lane {
    const known = this.#lanes.get(name);
    if (known) return known;
    const lane = { running: new Set<string>(), urgent: new Map(), waiting: new Map() };
    this.#lanes.set(name, lane);
    return lane;
  }

  #fill(name: string): void {
    const { running, urgent, waiting } = this.#lane(name);
    const most = this.#atOnce(name);
    for (const queue of [urgent, waiting]) {
      for (const [key, work] of queue) {
        if (running.size >= most) return;
        if (running.has(key)) continue;
        queue.delete(key);
        running.add(key);
        void this.#run(name, key, work);
      }
    }
  }

  async #run(name: string, key: string, work: Work): Promise<void> {
    const { running, urgent } = this.#lane(name);
    try {
      await work();
    } finally {
      running.delete(key);
      if (!urgent.has(key)) this.#keys.delete(key);
      this.#fill(name);
      this.#tellIdle();
    }
  }

  #tellIdle(): void {
    if (this.#keys.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
