import { expect, it } from 'vitest';
import { PROVIDERS, providerNamed } from '../../shared/providers/index.ts';
import { VENDORS, vendorNamed } from '../vendors/index.ts';
import { providerContract } from './contract.ts';

for (const { provider } of VENDORS) providerContract(provider);

it('runs on every provider that there is', () => {
  for (const provider of PROVIDERS) expect(vendorNamed(provider.id).provider).toBe(provider);
});

it('finds a provider by its id', () => {
  for (const provider of PROVIDERS) expect(providerNamed(provider.id)).toBe(provider);
  expect(providerNamed('nobody')).toBeUndefined();
});
