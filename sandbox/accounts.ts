import type { RunningSandbox } from './server.ts';
import { DEMO_KEYS } from './switches.ts';

/** An account of the demo with one of the vendors, as a config names it. */
export interface DemoAccount {
  readonly id: string;
  readonly provider: string;
  readonly apiKey: string;
  readonly baseUrl: string;
}

/** One with each vendor. */
export const demoAccounts = ({ urls }: RunningSandbox): readonly DemoAccount[] => [
  { id: 'acme', provider: 'cohesive', apiKey: DEMO_KEYS.cohesive, baseUrl: urls.cohesive },
  { id: 'sales', provider: 'coldsend', apiKey: DEMO_KEYS.coldsend, baseUrl: urls.coldsend },
];
