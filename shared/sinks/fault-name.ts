/** A short word of ours or of the SDK's; never a message, which may quote what was sent. */
export function faultName(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return /^[A-Za-z]{1,60}$/.test(name) ? name : 'failed';
}
