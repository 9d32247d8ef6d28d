import type { InputField } from './platform.ts';

/** Fields that several forms share. */

export const THREAD: InputField = {
  key: 'thread_id',
  label: 'Thread',
  type: 'string',
  required: true,
  dynamic: 'threads.id.name',
  search: 'find_thread.id',
  helpText: 'The conversation. Map the Thread ID of a trigger here, or choose one of the newest.',
};

export const CAMPAIGN: InputField = {
  key: 'campaign_id',
  label: 'Campaign',
  type: 'string',
  dynamic: 'campaigns.id.name',
  helpText: 'Leave it empty for all campaigns.',
};

/** The labels that threads carry, in the vendor's own spelling. */
export const LABEL: InputField = {
  key: 'intent',
  label: 'Intent',
  type: 'string',
  dynamic: 'intents.id.name',
  helpText: "Only replies with this label of the provider's own. How it is spelled does not matter.",
};

export const RECIPIENTS: InputField = {
  key: 'to',
  label: 'To',
  type: 'string',
  required: true,
  list: true,
  helpText: 'One plain address for each entry, like `jane@acme.example`.',
};

export const COPIES: readonly InputField[] = [
  { key: 'cc', label: 'Cc', type: 'string', list: true },
  { key: 'bcc', label: 'Bcc', type: 'string', list: true },
];

export const ATTACHMENTS: InputField = {
  key: 'attachments',
  label: 'Attachments',
  type: 'file',
  list: true,
  helpText: 'Files of earlier steps, or public addresses of files.',
};

/** Names what a mail answers, so that a step that is run again is told from one that answers anew. */
export const MESSAGE: InputField = {
  key: 'message_id',
  label: 'Message',
  type: 'string',
  dynamic: 'messages.id.name',
  helpText:
    'Optional: map the Message ID of the trigger here. Then this step sends once for that message, however often it is run.',
};

export const UNANSWERED: InputField = {
  key: 'only_if_unanswered',
  label: 'Only If Nobody Has Answered Since',
  type: 'boolean',
  default: 'false',
  helpText:
    'Yes sends nothing when somebody has answered the message above, or the newest one of the lead, or when the lead has written again.',
};

export const TEXT: InputField = {
  key: 'text',
  label: 'Text',
  type: 'text',
  helpText: 'What you write. Leave it empty if you fill in HTML; one of the two is needed.',
};
export const HTML: InputField = { key: 'html', label: 'HTML', type: 'text', helpText: 'The same with formatting.' };

export const STARRED_OR_NOT: InputField = {
  key: 'starred',
  label: 'Starred',
  type: 'boolean',
  required: true,
  default: 'true',
  helpText: 'Yes puts the star on, no takes it off.',
};

export const FIRST_ONLY: InputField = {
  key: 'first_only',
  label: 'First Reply Only',
  type: 'boolean',
  default: 'false',
  helpText: 'Yes leaves out all later replies of the same lead in the same thread.',
};

/** Leads by their label, as far as the reply's own label tells; `helpText` says how long that is looked at. */
export const interestField = (helpText: string): InputField => ({
  key: 'interest',
  label: 'Interest',
  type: 'string',
  choices: { any: 'Any', interested: 'Interested only', not_interested: 'All but interested' },
  default: 'any',
  helpText,
});

/** A line of the form that asks for nothing. */
export const notice = (text: string): InputField => ({ key: 'notice', type: 'copy', helpText: text });
