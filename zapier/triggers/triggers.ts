import { UserError } from '../../shared/failure.ts';
import type { Provider } from '../../shared/provider.ts';
import { CHOICE, type Entries, outputFieldsOf, REPLY, STATUS_CHANGE, sampleOf } from '../catalogue.ts';
import { openEdge, providerOf } from '../edge.ts';
import { told } from '../errors.ts';
import { CAMPAIGN, FIRST_ONLY, interestField, LABEL } from '../fields.ts';
import { type Hydrators, laterOf } from '../hydrators.ts';
import { flagOf, neededText, textOf, threadIdOf } from '../input.ts';
import { linksOf } from '../links.ts';
import type { Bundle, InputFields, Meta, Perform, Trigger, Z } from '../platform.ts';
import { campaignStatus } from './campaign-status.ts';
import { campaignChoices, labelChoices, messageChoices, threadChoices } from './choices.ts';
import { newInterested } from './new-interested-reply.ts';
import { newLabelled } from './new-labelled-reply.ts';
import { newReplies } from './new-reply.ts';
import type { Mode, Poll } from './poll.ts';

/** Polling's part of each budget: a person's actions with the same key must always get through. Who switches a Zap on waits for it. */
const SHARES = { poll: 0.6, sample: 0.6, priming: 0.9 } as const satisfies Readonly<Record<Mode, number>>;

function modeOf(meta: Meta | undefined): Mode {
  if (meta?.isLoadingSample) return 'sample';
  return meta?.isPopulatingDedupe ? 'priming' : 'poll';
}

const campaignOf = (bundle: Bundle) => {
  const campaign = textOf(bundle, 'campaign_id')?.trim();
  return campaign === undefined ? {} : { campaign };
};

const INTEREST = interestField(
  'Looks at the label while the reply is new, up to six hours. To be told however late a lead is labelled, use New Interested Reply.',
);

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

/** Whether the provider of the chosen connection has labels of its own. */
function hasLabels(bundle: Bundle, providers: readonly Provider[]): boolean {
  try {
    return providerOf(providers, bundle).labels !== undefined;
  } catch (error) {
    if (error instanceof UserError) return true;
    throw error;
  }
}

/** Offered where there are labels; an app whose provider has none does not know the field. */
function labelField(providers: readonly Provider[]): InputFields {
  if (providers.every(({ labels }) => labels === undefined)) return [];
  if (providers.every(({ labels }) => labels !== undefined)) return [LABEL];
  return [async (_z, bundle) => (hasLabels(bundle, providers) ? [LABEL] : [])];
}

interface Visible {
  readonly key: string;
  readonly noun?: string;
  readonly label: string;
  readonly description: string;
  readonly inputFields: InputFields;
  readonly outputs?: Entries;
  perform(poll: Poll, bundle: Bundle, mode: Mode): Promise<unknown>;
}

function visible(
  { key, noun = 'Reply', label, description, inputFields, outputs = REPLY, perform }: Visible,
  providers: readonly Provider[],
  hydrators: Hydrators,
): Trigger {
  const asPolled = async (z: Z, bundle: Bundle) => {
    const mode = modeOf(bundle.meta);
    const edge = openEdge(z, bundle, providers, { operation: key, share: SHARES[mode] });
    const later = { ...laterOf(z, hydrators), link: await linksOf(edge) };
    return await perform({ ...edge, later }, bundle, mode);
  };
  return {
    key,
    noun,
    display: { label, description },
    operation: {
      type: 'polling',
      perform: told(asPolled, 'watch'),
      inputFields,
      outputFields: outputFieldsOf(outputs),
      sample: sampleOf(outputs, providers.at(-1)?.id ?? ''),
    },
  };
}

const triggersOf = (providers: readonly Provider[]): readonly Visible[] => [
  {
    key: 'new_reply',
    label: 'New Reply',
    description: 'Triggers when a lead replies; once for each reply.',
    inputFields: [CAMPAIGN, INTEREST, ...labelField(providers), FIRST_ONLY],
    perform: (poll, bundle, mode) => newReplies(poll, replyFilterOf(bundle), mode),
  },
  {
    key: 'new_interested_reply',
    label: 'New Interested Reply',
    description: 'Triggers when a lead is labelled interested, however late; once for each thread.',
    inputFields: [CAMPAIGN],
    perform: (poll, bundle, mode) => newInterested(poll, campaignOf(bundle), mode),
  },
  {
    key: 'campaign_status_changed',
    noun: 'Campaign',
    label: 'Campaign Status Changed',
    description: 'Triggers when a campaign starts, pauses, ends or changes its status otherwise.',
    inputFields: [CAMPAIGN],
    outputs: STATUS_CHANGE,
    perform: (poll, bundle, mode) => campaignStatus(poll, campaignOf(bundle).campaign, mode),
  },
];

/** What can be chosen, by whether rows of the vendor show labels of its own. */
function labelHelp(providers: readonly Provider[]): string {
  const isOwn = ({ labels }: Provider) => labels !== undefined;
  const seen = providers.some(isOwn)
    ? ['One of the labels seen so far, or any other of the provider; how it is spelled does not matter.']
    : [];
  const others = providers.filter((provider) => !isOwn(provider));
  const marks = others.map(
    ({ label }) => `${label} has two: Interested for the leads that it marks so, Not interested for all others.`,
  );
  return [...seen, ...marks].join(' ');
}

const labelled = (providers: readonly Provider[]): Visible => ({
  key: 'new_labelled_reply',
  label: 'New Labelled Reply',
  description: 'Triggers when a thread gets the chosen label, however late; once for each thread and label.',
  inputFields: [
    {
      ...LABEL,
      label: 'Label',
      required: true,
      helpText: labelHelp(providers),
    },
    CAMPAIGN,
  ],
  perform: (poll, bundle, mode) =>
    newLabelled(poll, { ...campaignOf(bundle), label: neededText(bundle, 'intent', 'Label').trim() }, mode),
});

export function replyTriggers(providers: readonly Provider[], hydrators: Hydrators): readonly Trigger[] {
  return [...triggersOf(providers), labelled(providers)].map((one) => visible(one, providers, hydrators));
}

export function hidden(key: string, noun: string, canPaginate: boolean, list: Perform): Trigger {
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
      perform: told(list, 'watch'),
      canPaginate,
      outputFields: outputFieldsOf(CHOICE),
      sample: sampleOf(CHOICE),
    },
  };
}

/** What fills the dropdowns. */
export function listTriggers(providers: readonly Provider[]): readonly Trigger[] {
  return [
    hidden('campaigns', 'Campaign', false, async (z, bundle) => {
      const { connection } = openEdge(z, bundle, providers, { operation: 'campaigns' });
      return campaignChoices(await connection.campaigns.list());
    }),
    hidden('threads', 'Thread', true, (z, bundle) => threadChoices(z, bundle, providers)),
    hidden('messages', 'Message', false, async (z, bundle) => {
      if (textOf(bundle, 'thread_id') === undefined) return [];
      const { connection } = openEdge(z, bundle, providers, { operation: 'messages' });
      return await messageChoices((await connection.threads.content(threadIdOf(bundle))).messages);
    }),
    hidden('intents', 'Intent', false, (z, bundle) => labelChoices(z, bundle, providers)),
  ];
}
