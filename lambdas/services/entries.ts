import { foundSecret } from '../../shared/config/secret.ts';

/** Why there is no secret to use, for a log: nothing of what the parameter holds is in it. */
type Lack =
  | 'secret'
  | 'secret: not JSON'
  | 'secret: not an object'
  | 'secret: no such entry'
  | 'secret: entry is empty or no text';

type Found = { readonly value: string } | { readonly lack: Lack };

/** Own keys alone, so that no name finds what every object inherits. */
function read(text: string): ReadonlyMap<string, unknown> | Lack {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'secret: not JSON';
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'secret: not an object';
  return new Map(Object.entries(json));
}

/** Finds entries of the JSON object a parameter holds. It is read once, here, and not for each entry. */
export function entriesOf(text: string): (name: string) => Found {
  const entries = read(text);
  return (name) => {
    if (typeof entries === 'string') return { lack: entries };
    if (!entries.has(name)) return { lack: 'secret: no such entry' };
    const value = entries.get(name);
    const found = foundSecret(typeof value === 'string' ? value : undefined);
    return 'value' in found ? found : { lack: 'secret: entry is empty or no text' };
  };
}
