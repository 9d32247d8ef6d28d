/**
 * A text without the signs before and after it. Counted from its ends: an expression that looks for the last signs tries a run of
 * them from each of its characters, and the text is a stranger's.
 */
export function withoutMarks(text: string, before: string, after = before): string {
  let start = 0;
  let end = text.length;
  while (start < end && before.includes(text.charAt(start))) start += 1;
  while (end > start && after.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
