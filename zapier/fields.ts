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

/** A line of the form that asks for nothing. */
export const notice = (text: string): InputField => ({ key: 'notice', type: 'copy', helpText: text });
