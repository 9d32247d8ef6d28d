import type { KeyHeaders } from '../provider.ts';

/** The key as it is, in a header of this name. */
export const keyIn =
  (name: string): KeyHeaders =>
  (apiKey) => ({ [name]: apiKey });
