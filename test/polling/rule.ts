import { VENDOR_NAMES, VENDORS } from '../vendors/index.ts';
import type { TestVendor } from '../vendors/test-vendor.ts';
import type { Engine } from './harness.ts';

/** Throws when an engine breaks the rule it is named for. */
export type Check = (engine: Engine, vendor: string) => Promise<void>;

export interface Rule {
  readonly check: Check;
  /** The vendors that it is held against. */
  readonly vendors: readonly string[];
}

const those = (check: Check, are: (vendor: TestVendor) => unknown): Rule => ({
  check,
  vendors: VENDORS.filter(are).map(({ provider }) => provider.id),
});

export const ofEveryVendor = (check: Check): Rule => ({ check, vendors: VENDOR_NAMES });

export const ofEveryVendorBut = (other: string, check: Check): Rule => ({
  check,
  vendors: VENDOR_NAMES.filter((vendor) => vendor !== other),
});

/** Of a way that is one vendor's own. */
export const of = (vendor: string, check: Check): Rule => ({ check, vendors: [vendor] });

/** Of vendors whose threads are opened to read their messages. */
export const ofVendorsThatOpen = (check: Check): Rule => those(check, ({ openings }) => openings);

/** Of vendors whose rows carry messages. */
export const ofVendorsThatCarry = (check: Check): Rule => those(check, ({ openings }) => !openings);

/** Of vendors that have a feed for each campaign. */
export const ofVendorsWithFeeds = (check: Check): Rule => those(check, ({ provider }) => !provider.oneFeed);
