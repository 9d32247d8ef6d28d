import type { Connection, Prepared, Provider, Receipt } from '../../shared/provider.ts';
import { KEY, type Scripted, scripted } from './scripted.ts';

export interface Open {
  readonly connection: Connection;
  readonly world: Scripted;
}

/** A provider opened on scripted answers. */
export function open(provider: Provider, answers: Parameters<typeof scripted>[0]): Open {
  const world = scripted(answers);
  return { world, connection: provider.connect({ apiKey: KEY, quotaShare: 1 }, world.ports) };
}

/** Prepares and posts in one go. */
export async function posted<Draft>(
  sender: { prepare(draft: Draft): Promise<Prepared> },
  draft: Draft,
): Promise<Receipt> {
  return await (await sender.prepare(draft)).post();
}
