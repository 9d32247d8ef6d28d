/** Values by name, made anew only when what they are made of has changed. */
export class Remade<Value> {
  readonly #values = new Map<string, { readonly parts: readonly unknown[]; readonly value: Value }>();

  /** The parts are compared as they are, so an object counts as changed when it is another one. */
  get(name: string, parts: readonly unknown[], make: () => Value): Value {
    const known = this.#values.get(name);
    if (known?.parts.every((part, index) => part === parts[index])) return known.value;
    const value = make();
    this.#values.set(name, { parts, value });
    return value;
  }
}
