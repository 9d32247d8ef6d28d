import type { InputField } from '../platform.ts';

/** Fields of the app of one's own deployment, beside those that all apps share. */

export const CONNECTION: InputField = {
  key: 'connection',
  label: 'Connection',
  type: 'string',
  dynamic: 'connections.id.name',
  altersDynamicFields: true,
  helpText: 'One of the accounts of your deployment. Leave it empty for all of them.',
};

export const CAMPAIGN: InputField = {
  key: 'campaign_id',
  label: 'Campaign',
  type: 'string',
  dynamic: 'campaigns.id.name',
  helpText: 'Leave it empty for all campaigns.',
};

export const INTEREST: InputField = {
  key: 'interest',
  label: 'Interest',
  type: 'string',
  choices: { any: 'Any', interested: 'Interested only', not_interested: 'All but interested' },
  default: 'any',
  helpText: 'Looks at the label that came with the reply. For labels that come later, use New Interested Reply.',
};

export const INTENTS: InputField = {
  key: 'intents',
  label: 'Intents',
  type: 'string',
  list: true,
  dynamic: 'intents.id.name',
  helpText: "Only replies with one of these labels of the provider's own.",
};

export const FIRST_ONLY: InputField = {
  key: 'first_only',
  label: 'First Reply Only',
  type: 'boolean',
  default: 'false',
  helpText: 'Yes leaves out all later replies of the same lead in the same thread.',
};
