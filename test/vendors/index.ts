import { cohesive } from './cohesive/index.ts';
import { coldsend } from './coldsend/index.ts';
import { outfinch } from './outfinch/index.ts';
import type { TestVendor } from './test-vendor.ts';

/** Every vendor that the tests run on: those of the product, and one made up for what the two have in common. */
export const VENDORS: readonly TestVendor[] = [coldsend, cohesive, outfinch];

export const VENDOR_NAMES: readonly string[] = VENDORS.map(({ provider }) => provider.id);

export function vendorNamed(id: string): TestVendor {
  const vendor = VENDORS.find(({ provider }) => provider.id === id);
  if (!vendor) throw new Error(`test/vendors/ has no ${id}`);
  return vendor;
}
