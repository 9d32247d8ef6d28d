import { expect, it } from 'vitest';
import { PROVIDERS, providerNamed } from '../../shared/providers/index.ts';
import { providerContract } from './contract.ts';

for (const provider of PROVIDERS) providerContract(provider);

it('finds a provider by its id', () => {
  for (const provider of PROVIDERS) expect(providerNamed(provider.id)).toBe(provider);
  expect(providerNamed('nobody')).toBeUndefined();
});
