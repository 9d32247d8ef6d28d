import { text } from '../fields.ts';
import type { Instant } from '../model.ts';
import type { Outcome } from '../outbox/sink.ts';
import type { HttpResponse } from '../ports.ts';
import { defineSink } from './define-sink.ts';
import { outcomeOfStatus, postOutcome } from './http-outcome.ts';
import { slackMessage } from './slack-message.ts';

/** How long the word that says what is wrong may take after the status. */
const WORD_WAIT_MS = 2_000;

/**
 * The webhook was taken away, or its channel or workspace is gone: nothing mends that but another webhook.
 * Source: Slack, "Sending messages using incoming webhooks" and the changelog of 2016-05-17.
 */
const GONE = new Set([
  'no_service',
  'no_service_id',
  'no_active_hooks',
  'no_team',
  'team_disabled',
  'channel_is_archived',
]);

/** Slack answers with one word of its own; what is no such word is not repeated. */
function wordOf({ body }: HttpResponse): string | undefined {
  const word = body.trim();
  return /^[a-z][a-z_]{2,59}$/.test(word) ? word : undefined;
}

/**
 * Of what Slack refuses, a person can mend `action_prohibited`, `channel_not_found` and `user_not_found`, and time mends
 * `rollup_error`: all of them are tried again.
 */
function outcomeOf(response: HttpResponse, now: Instant): Outcome {
  const outcome = outcomeOfStatus(response, now);
  if (outcome.kind !== 'retry' && outcome.kind !== 'disable') return outcome;
  const word = wordOf(response);
  if (word === undefined) return outcome;
  const error = `HTTP ${response.status} ${word}`;
  return GONE.has(word) ? { kind: 'disable', error } : { ...outcome, error };
}

export const slack = defineSink({
  type: 'slack',
  summary: 'a message in Slack: who wrote, what they wrote, campaign, label, a link to the console',
  fields: { url: text() },
  says: { url: '`env:` or `ssm:` of an incoming webhook’s URL, which is a secret' },
  secrets: ({ url }) => [{ field: 'url', text: url, check: (value, checkUrl) => checkUrl(value) }],
  open: ({ id: sink, secrets: [url = ''] }, { http, clock, consoleUrl }) => ({
    async deliver(_id, event) {
      const headers = { 'content-type': 'application/json', 'user-agent': 'Replybus' };
      const body = JSON.stringify(slackMessage(event, consoleUrl));
      return await postOutcome(http, { url, headers, body, bodyWaitMs: WORD_WAIT_MS }, (response) =>
        outcomeOf(response, clock.now()),
      );
    },
    check: async () => ({
      state: 'ok',
      detail: `Its URL has the right form; try it with "replybus sinks test ${sink}".`,
    }),
  }),
});
