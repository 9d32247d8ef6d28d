import { canCarry, INTERESTED, NOT_INTERESTED, noLabels, normalisedLabel } from '../labels.ts';
import type { Provider } from '../provider.ts';
import type { SinkFilter } from './filter.ts';

interface Labelled {
  readonly id: string;
  readonly provider: Pick<Provider, 'label' | 'labels'>;
}

export interface LabelsAsked {
  /** Why the filter lets no reply pass, ever, as the rest of a sentence. */
  readonly problem?: string;
  /** Connections whose replies it never lets pass. */
  readonly without: readonly { readonly id: string; readonly why: string }[];
}

/** Whether leads are asked for who are interested, or who are not; undefined where it does not matter. */
const interestOf = ({ events, interested }: SinkFilter): boolean | undefined =>
  events?.every((type) => type === 'reply.interested') ? true : interested;

/** The one word that contradicts what is asked for besides. */
function contradiction(filter: SinkFilter): string | undefined {
  const isAsked = interestOf(filter);
  return isAsked === undefined ? undefined : isAsked ? NOT_INTERESTED : INTERESTED;
}

/** What a filter's labels come to at these connections. */
export function labelsAsked(filter: SinkFilter, connections: readonly Labelled[]): LabelsAsked {
  const { intents } = filter;
  if (intents === undefined || intents.includes('*')) return { without: [] };
  const against = contradiction(filter);
  if (intents.every((intent) => normalisedLabel(intent) === against))
    return { problem: 'this contradicts what else the filter asks for; change one of them.', without: [] };
  const named = filter.connections ?? ['*'];
  const meant = connections.filter(({ id }) => named.includes('*') || named.includes(id));
  const strange = intents.find((intent) => !meant.some(({ provider }) => canCarry(provider, intent)));
  const [first] = meant;
  if (strange !== undefined && first)
    return {
      problem: `no reply can carry "${strange}": ${noLabels(first.provider.label)}; change it or take it out.`,
      without: [],
    };
  const barren = meant.filter(({ provider }) => !intents.some((intent) => canCarry(provider, intent)));
  return { without: barren.map(({ id, provider }) => ({ id, why: noLabels(provider.label) })) };
}
