import * as z from 'zod/mini';

/** Pieces of what a person writes, each with what to say when it is wrong. */

const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const ADDRESS = /^[^\s@<>]+@[^\s@<>]+$/;

export const text = () => z.string().check(z.minLength(1, 'must not be empty'));
export const id = () =>
  z.string().check(z.regex(ID, 'must be letters, digits, - and _, at most 64, starting with no sign'));
export const address = () => z.string().check(z.regex(ADDRESS, 'must be an e-mail address'));
export const ids = () => z.array(text()).check(z.minLength(1, 'must name at least one, or be ["*"]'));
