import { interestField } from '../fields.ts';
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

export const INTEREST = interestField(
  'Looks at the label that came with the reply. For labels that come later, use New Interested Reply.',
);

export const INTENTS: InputField = {
  key: 'intents',
  label: 'Intents',
  type: 'string',
  list: true,
  dynamic: 'intents.id.name',
  helpText:
    "Only replies with one of these labels of the provider's own. A provider without labels knows `interested` and `not_interested`, which is whoever it does not mark as interested.",
};
