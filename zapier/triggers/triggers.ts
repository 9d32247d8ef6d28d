import type { Campaign } from '../../shared/model.ts';
import type { Provider } from '../../shared/provider.ts';
import { CHOICE, outputFieldsOf, REPLY, sampleOf } from '../catalogue.ts';
import { openEdge } from '../edge.ts';
import { told } from '../errors.ts';
import { CAMPAIGN } from '../fields.ts';
import { type Hydrators, laterOf } from '../hydrators.ts';
import { flagOf, textOf } from '../input.ts';
import { nameOf } from '../items.ts';
import type { Bundle, InputField, Meta, Perform, Trigger, Z } from '../platform.ts';
import { newInterested } from './new-interested-reply.ts';
import { newReplies } from './new-reply.ts';
import type { Mode, Poll } from './poll.ts';

/** Polling's part of each budget: a person's actions with the same key must always get through. */
const SHARE = 0.6;
/** A page of the thread dropdown is found again by the cursor of the page before. */
const cursorKey = (campaign: string, page: number) => `dropdown:${campaign}:${page}`;

function modeOf(meta: Meta | undefined): Mode {
  if (meta?.isLoadingSample) return 'sample';
  return meta?.isPopulatingDedupe ? 'priming' : 'poll';
}

function pollOf(z: Z, bundle: Bundle, providers: readonly Provider[], hydrators: Hydrators): Poll {
  return { ...openEdge(z, bundle, providers, SHARE), later: laterOf(z, hydrators) };
}

const campaignOf = (bundle: Bundle) => {
  const campaign = textOf(bundle, 'campaign_id')?.trim();
  return campaign === undefined ? {} : { campaign };
};

const INTEREST: InputField = {
  key: 'interest',
  label: 'Interest',
  type: 'string',
  choices: { any: 'Any', interested: 'Interested only', not_interested: 'All but interested' },
  default: 'any',
  helpText:
    'Looks at the label while the reply is new, up to six hours. To be told however late a lead is labelled, use New Interested Reply.',
};
const INTENT: InputField = {
  key: 'intent',
  label: 'Intent',
  type: 'string',
  helpText: "Only replies with this label, in the provider's own word, like `meeting_booked`.",
};
const FIRST_ONLY: InputField = {
  key: 'first_only',
  label: 'First Reply Only',
  type: 'boolean',
  default: 'false',
  helpText: 'Yes leaves out all later replies of the same lead in the same thread.',
};

const INTERESTS: Readonly<Record<string, { readonly interested?: boolean }>> = {
  interested: { interested: true },
  not_interested: { interested: false },
};

function replyFilterOf(bundle: Bundle) {
  const intent = textOf(bundle, 'intent')?.trim();
  return {
    ...campaignOf(bundle),
    ...(INTERESTS[textOf(bundle, 'interest') ?? ''] ?? {}),
    ...(intent === undefined ? {} : { intent }),
    firstOnly: flagOf(bundle, 'first_only', 'First Reply Only') ?? false,
  };
}

interface Visible {
  readonly key: string;
  readonly label: string;
  readonly description: string;
  readonly inputFields: readonly InputField[];
  readonly perform: Perform;
}

function visible({ key, label, description, inputFields, perform }: Visible, sampleProvider: string): Trigger {
  return {
    key,
    noun: 'Reply',
    display: { label, description },
    operation: {
      type: 'polling',
      perform: told(perform),
      inputFields,
      outputFields: outputFieldsOf(REPLY),
      sample: sampleOf(REPLY, sampleProvider),
    },
  };
}

export function replyTriggers(providers: readonly Provider[], hydrators: Hydrators): readonly Trigger[] {
  const sampleProvider = providers.at(-1)?.id ?? '';
  return [
    visible(
      {
        key: 'new_reply',
        label: 'New Reply',
        description: 'Triggers when a lead replies; once for each reply.',
        inputFields: [CAMPAIGN, INTEREST, INTENT, FIRST_ONLY],
        perform: async (z, bundle) =>
          await newReplies(pollOf(z, bundle, providers, hydrators), replyFilterOf(bundle), modeOf(bundle.meta)),
      },
      sampleProvider,
    ),
    visible(
      {
        key: 'new_interested_reply',
        label: 'New Interested Reply',
        description: 'Triggers when a lead is labelled interested, however late; once for each thread.',
        inputFields: [CAMPAIGN],
        perform: async (z, bundle) =>
          await newInterested(pollOf(z, bundle, providers, hydrators), campaignOf(bundle), modeOf(bundle.meta)),
      },
      sampleProvider,
    ),
  ];
}

async function campaigns(z: Z, bundle: Bundle, providers: readonly Provider[]) {
  const { connection } = openEdge(z, bundle, providers, 1);
  const listed = await connection.campaigns.list();
  const rank = ({ status }: Campaign) => (status === 'active' ? 0 : 1);
  const inOrder = listed.toSorted((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
  return inOrder.map(({ id, name, status }) => ({ id, name: status === 'active' ? name : `${name} (${status})` }));
}

async function threads(z: Z, bundle: Bundle, providers: readonly Provider[]) {
  const { connection, memory } = openEdge(z, bundle, providers, 1);
  const { campaign } = { campaign: undefined, ...campaignOf(bundle) };
  const page = bundle.meta?.page ?? 0;
  const name = campaign ?? '*';
  const cursor = page === 0 ? undefined : await memory.get(cursorKey(name, page));
  if (page > 0 && typeof cursor !== 'string') return [];
  const query = campaign === undefined ? {} : { campaign };
  const listed = await connection.threads.list(query, typeof cursor === 'string' ? cursor : undefined);
  if (listed.cursor !== undefined) await memory.set(cursorKey(name, page + 1), listed.cursor);
  return listed.threads.map(({ id, lead, subject }) => ({
    id,
    name: [nameOf(lead), subject].filter((part) => part !== undefined).join(': '),
  }));
}

type List = (z: Z, bundle: Bundle, providers: readonly Provider[]) => Promise<unknown>;

function hidden(providers: readonly Provider[], key: string, noun: string, canPaginate: boolean, list: List): Trigger {
  return {
    key,
    noun,
    display: {
      label: `New ${noun}`,
      description: `Triggers when a ${noun.toLowerCase()} is there to choose.`,
      hidden: true,
    },
    operation: {
      type: 'polling',
      perform: told((z, bundle) => list(z, bundle, providers)),
      canPaginate,
      outputFields: outputFieldsOf(CHOICE),
      sample: sampleOf(CHOICE),
    },
  };
}

/** What fills the dropdowns. */
export function listTriggers(providers: readonly Provider[]): readonly Trigger[] {
  return [
    hidden(providers, 'campaigns', 'Campaign', false, campaigns),
    hidden(providers, 'threads', 'Thread', true, threads),
  ];
}
