import { expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import type { HttpRequest, HttpResponse } from '../../shared/ports.ts';
import { Bench, HOUR, MINUTE } from './harness.ts';

/** Rows of lists whose time no one can read: of one lead, or of all. */
const withoutTime = (lead?: string) => (request: HttpRequest, answer: HttpResponse) => {
  if (!/\/replies\?|inbox\/replies/.test(request.url)) return answer;
  const body = JSON.parse(answer.body);
  for (const row of body.conversations ?? body) {
    if (lead !== undefined && (row.lead_email ?? row.leadEmail) !== lead) continue;
    if ('last_message_at' in row) row.last_message_at = 'soon';
    else row.lastTimestamp = null;
  }
  return { ...answer, body: JSON.stringify(body) };
};

for (const vendor of ['coldsend', 'cohesive'] as const) {
  it.each(['one row', 'all rows'])(
    `${vendor}: %s without a time that can be read: new replies are told, old ones not`,
    async (which) => {
      const of = new Bench({ createPoller }, { vendor });
      of.oldLeads(40);
      const thread = of.lead();
      of.reply(thread, { sentAt: of.now - 90 * 24 * HOUR });
      of.onAnswer = withoutTime(which === 'one row' ? thread.leadEmail : undefined);
      await of.pollFor(10 * MINUTE);
      expect(of.types()).toEqual([]);
      const ids: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        ids.push(of.reply(thread, { text: `Reply ${round}` }), of.reply(of.lead()));
        await of.pollFor(10 * MINUTE);
      }
      of.assertReceived(ids, 'a row without a time hid its replies');
      expect(of.types()).not.toContain('reply.unreadable');
      const calls = of.counts.http;
      await of.pollFor(3 * HOUR);
      expect((of.counts.http - calls) / 180).toBeLessThan(2.7);
      of.assertReceived(ids, 'a row without a time told its replies again');
    },
  );
}
