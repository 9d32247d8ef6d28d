/** Signs told by their codes: quicker than an expression where every line, or every sign of a mail, is asked. */

export const isLatinLetter = (code: number): boolean => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
/** Of each sign of ASCII, by its code, whether it is such a one. */
export const asciiSigns = (pattern: RegExp): readonly boolean[] =>
  Array.from({ length: 128 }, (_, code) => pattern.test(String.fromCharCode(code)));
/** Of ASCII and no blank. */
export const isAsciiSign = (code: number): boolean => code > 0x20 && code < 0x7f;
