/**
 * `same`: its whole words, people and files. `alike`: its words, but something else is not as it was sent: a possible
 * duplicate, which only a person can tell apart. `other`: another mail.
 */
export type Likeness =
  | { readonly kind: 'same' }
  /** `because` ends the sentence "the same words, but …". */
  | { readonly kind: 'alike'; readonly because: string }
  | { readonly kind: 'other' };

export const SAME: Likeness = { kind: 'same' };
export const OTHER: Likeness = { kind: 'other' };
export const alike = (because: string): Likeness => ({ kind: 'alike', because });
