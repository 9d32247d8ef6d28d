/** How long what failed so often in a row is left alone: once not at all, then from a first wait on twice as long each time. */
export const grownRestMs = (attempts: number, firstMs: number): number =>
  attempts === 1 ? 0 : firstMs * 2 ** (attempts - 2);
