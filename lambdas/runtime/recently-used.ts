/** Values by key, made when first asked for. Beyond `most` of them, the one not asked for the longest is let go. */
export class RecentlyUsed<Key, Value> {
  readonly #most: number;
  readonly #make: (key: Key) => Value;
  readonly #values = new Map<Key, Value>();

  constructor(most: number, make: (key: Key) => Value) {
    this.#most = most;
    this.#make = make;
  }

  get(key: Key): Value {
    const value = this.#values.get(key) ?? this.#make(key);
    // A Map gives its keys in the order they were set, so the first is the one to go.
    this.#values.delete(key);
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#most) break;
      this.#values.delete(oldest);
    }
    return value;
  }
}
