import { ProviderError } from '../failure.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../provider.ts';
import { providerNamed } from '../providers/index.ts';
import { ACTING_SHARE } from './connections.ts';

export interface KeyTrial {
  /** The key works, and something about it is worth a word. */
  readonly warning: string | null;
  /** How many campaigns the key can see; null where it may not list them. */
  readonly campaigns: number | null;
}

async function campaignsOf({ campaigns }: Connection): Promise<number | null> {
  try {
    return (await campaigns.list()).length;
  } catch (error) {
    // Polling goes on without this list where the vendor has one feed for all.
    if (error instanceof ProviderError && error.failure.kind === 'scope') return null;
    throw error;
  }
}

/** Connects with a key that is kept nowhere: with this call ends everything that knows it. */
export async function tryKey(
  { http, clock, random, log }: Ports,
  providerId: string,
  apiKey: string,
): Promise<KeyTrial> {
  const provider = providerNamed(providerId);
  if (!provider) throw new Error('The provider was looked up before.');
  const connection = provider.connect({ apiKey, quotaShare: ACTING_SHARE }, { http, clock, random, log });
  const { warning } = await connection.verify();
  return { warning: warning ?? null, campaigns: await campaignsOf(connection) };
}
