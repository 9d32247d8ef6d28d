/** How actions and searches are shown, alike in every app. Their keys are in people's Zaps and never change. */

export const SEND_REPLY = {
  key: 'send_reply',
  noun: 'Reply',
  display: { label: 'Send Reply', description: 'Sends a reply in an existing thread.' },
} as const;

export const FORWARD_THREAD = {
  key: 'forward_thread',
  noun: 'Forward',
  display: { label: 'Forward Thread', description: 'Forwards an existing thread to other people.' },
} as const;

export const STAR_THREAD = {
  key: 'star_thread',
  noun: 'Star',
  display: { label: 'Star Thread', description: 'Puts a star on an existing thread, or takes it off.' },
} as const;

export const MARK_READ = {
  key: 'mark_read',
  noun: 'Thread',
  display: { label: 'Mark Thread Read', description: 'Marks an existing thread as read.' },
} as const;

export const FIND_THREAD = {
  key: 'find_thread',
  noun: 'Thread',
  display: { label: 'Find Thread', description: 'Finds a thread by address, name or words of a lead.' },
} as const;

export const FIND_MESSAGES = {
  key: 'find_messages',
  noun: 'Message',
  display: { label: 'Find Messages', description: 'Finds the messages of a thread, newest first.' },
} as const;

export const FIND_CAMPAIGN = {
  key: 'find_campaign',
  noun: 'Campaign',
  display: { label: 'Find Campaign', description: 'Finds a campaign by its name, with its status.' },
} as const;
