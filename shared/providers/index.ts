import type { Provider } from '../provider.ts';
import { cohesive } from './cohesive/index.ts';
import { coldsend } from './coldsend/index.ts';

/** The only list of providers. */
export const PROVIDERS: readonly Provider[] = [cohesive, coldsend];

export function providerNamed(id: string): Provider | undefined {
  return PROVIDERS.find((provider) => provider.id === id);
}

/** What is known of a provider's labels; of one that is not there any more, nothing is taken for granted. */
export function labelling(id: string): Pick<Provider, 'labels'> {
  return PROVIDERS.find((provider) => provider.id === id) ?? { labels: true };
}
