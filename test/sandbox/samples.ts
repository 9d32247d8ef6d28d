/** The samples of the two API pages, as printed there. */

export const COHESIVE_CURLS = [
  `curl -X GET \\
  -H "x-api-key: your_api_key_here" \\
  "https://getcohesiveai.com/api/campaigns"`,
  `curl -X GET \\
  -H "x-api-key: your_api_key_here" \\
  "https://getcohesiveai.com/api/{campaignId}/inbox/all?offset=0&sortBy=date&search=acme"`,
  `curl -X GET \\
  -H "x-api-key: your_api_key_here" \\
  "https://getcohesiveai.com/api/{campaignId}/inbox/replies?offset=0&isInterested=true"`,
  `curl -X GET \\
  -H "x-api-key: your_api_key_here" \\
  "https://getcohesiveai.com/api/{campaignId}/conversation?leadEmail=jane@example.com"`,
  `curl -X POST \\
  "https://getcohesiveai.com/api/{campaignId}/reply" \\
  -H "x-api-key: your_api_key_here" \\
  -H "Content-Type: application/json" \\
  -d '{
    "senderEmail": "you@company.com",
    "replyEmailBody": "<p>Thanks for your interest!</p>",
    "originalEmailStatsId": "stat_123",
    "originalEmailMessageId": "msg_456",
    "originalEmailTime": "2025-01-15T10:30:00Z",
    "originalEmailBody": "<p>Original message</p>",
    "cc": null,
    "bcc": null,
    "leadEmail": "jane@example.com",
    "messageId": "msg_789",
    "attachments": []
  }'`,
  `curl -X POST \\
  "https://getcohesiveai.com/api/{campaignId}/forward" \\
  -H "x-api-key: your_api_key_here" \\
  -H "Content-Type: application/json" \\
  -d '{
    "senderEmail": "you@company.com",
    "leadEmail": "jane@example.com",
    "statsId": "stat_123",
    "cc": null,
    "bcc": null,
    "toEmails": "team@company.com,manager@company.com",
    "messageId": "msg_789",
    "attachments": []
  }'`,
] as const;

export const COLDSEND_CURLS = [
  `curl "https://api.coldsend.pro/api/public/v1/replies?page=1&limit=20&is_read=false" \\
-H "X-API-Key: cs_live_your_api_key_here"`,
  `curl -X POST "https://api.coldsend.pro/api/public/v1/replies/threads/{thread_id}/reply" \\
-H "X-API-Key: cs_live_your_api_key_here" \\
-H "Content-Type: application/json" \\
-d '{"body": "Hi Jane, happy to set up a call!"}'`,
] as const;

/** What each Python sample makes `requests` send; it writes a bool as `False` into a query. */
export const COLDSEND_PYTHONS = [
  {
    sample: 'requests.get(".../replies", params={"page": 1, "limit": 20, "is_read": False, ...})',
    method: 'GET',
    target: '/replies?page=1&limit=20&is_read=False&is_starred=False&category=interested',
    body: undefined,
  },
  {
    sample: 'requests.get(f".../replies/threads/{thread_id}")',
    method: 'GET',
    target: '/replies/threads/{thread_id}',
    body: undefined,
  },
  {
    sample: 'requests.get(f".../replies/threads/{thread_id}/messages")',
    method: 'GET',
    target: '/replies/threads/{thread_id}/messages',
    body: undefined,
  },
  {
    sample: 'requests.post(f".../replies/threads/{thread_id}/reply", json={...})',
    method: 'POST',
    target: '/replies/threads/{thread_id}/reply',
    body: {
      body: 'Hi Jane, thanks for your interest! Happy to set up a call.',
      html_body: '<p>Hi Jane, thanks for your interest! Happy to set up a call.</p>',
    },
  },
  {
    sample: 'requests.patch(f".../replies/threads/{thread_id}/read")',
    method: 'PATCH',
    target: '/replies/threads/{thread_id}/read',
    body: undefined,
  },
  {
    sample: 'requests.patch(f".../replies/threads/{thread_id}/star")',
    method: 'PATCH',
    target: '/replies/threads/{thread_id}/star',
    body: undefined,
  },
] as const;

export const COLDSEND_LIST = {
  success: true,
  conversations: [
    {
      thread_id: '550e8400-e29b-41d4-a716-446655440000',
      lead_id: '660e8400-e29b-41d4-a716-446655440001',
      inbox_id: '770e8400-e29b-41d4-a716-446655440002',
      lead_email: 'jane@acme.com',
      lead_name: 'Jane Doe',
      campaign_name: 'Q1 Product Launch',
      subject: 'Re: Quick question about Acme',
      last_message_preview: "Thanks for reaching out, I'd like to learn more...",
      last_message_at: '2024-01-15T14:30:00Z',
      is_read: false,
      is_starred: false,
      reply_count: 2,
      category: 'interested',
    },
  ],
  total_count: 48,
  page: 1,
  limit: 20,
  unread_count: 12,
  starred_count: 3,
} as const;

export interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Reads the little of curl that the samples use. */
export function readCurl(command: string): Call {
  const words = [...command.matchAll(/"([^"]*)"(?=\s|$)|'([^']*)'|(\S+)/g)].map(
    (word) => word[1] ?? word[2] ?? word[3] ?? '',
  );
  const headers: Record<string, string> = {};
  let method: string | undefined;
  let url = '';
  let body: string | undefined;
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = words[at + 1] ?? '';
    if (word === '-X') method = next;
    else if (word === '-d') body = next;
    else if (word === '-H') headers[next.slice(0, next.indexOf(':'))] = next.slice(next.indexOf(':') + 2);
    else if (word.startsWith('http')) url = word;
    if (word.startsWith('-')) at += 1;
  }
  return {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    url,
    headers,
    ...(body === undefined ? {} : { body }),
  };
}
