import type { Provider } from '../provider.ts';
import { cohesive } from './cohesive/index.ts';
import { coldsend } from './coldsend/index.ts';

/** The only list of providers. */
export const PROVIDERS: readonly Provider[] = [cohesive, coldsend];

export function providerNamed(id: string): Provider | undefined {
  return PROVIDERS.find((provider) => provider.id === id);
}
