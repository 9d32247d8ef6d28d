import * as z from 'zod/mini';

/**
 * Pieces of what a person writes, each with what to say when it is wrong. What stands in `z.meta` is for editors: it is
 * refused where a person writes it, not where a config is read that is in force already.
 */

const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const ADDRESS = /^[^\s@<>]+@[^\s@<>]+$/;

/** As the key of an API: what a header can carry, and no space. */
export const KEY_TEXT = /^[\x21-\x7e]+$/;
/** Where paths are put behind it. */
export const BASE_URL = /^[^\s?#]+$/;
/** What is called as it is written: no part of it may go lost on the way. */
export const CALLED_URL = /^[^\s#]+$/;

export const text = (pattern = /\S/) =>
  z.string().check(z.minLength(1, 'must not be empty'), z.meta({ pattern: pattern.source }));
export const id = () =>
  z.string().check(z.regex(ID, 'must be letters, digits, - and _, at most 64, starting with no sign'));
export const address = () => z.string().check(z.regex(ADDRESS, 'must be an e-mail address'));
/** `*` stands for all, so nothing goes beside it. */
const ALL_ALONE = { anyOf: [{ maxItems: 1 }, { not: { contains: { const: '*' } } }] };
export const ids = () =>
  z
    .array(text())
    .check(z.minLength(1, 'must name at least one, or be ["*"]'), z.meta({ uniqueItems: true, ...ALL_ALONE }));
