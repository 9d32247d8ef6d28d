import { describe, expect, it } from 'vitest';
import * as keys from '../../shared/store/keys.ts';

/** As the deployed tables hold them. */
describe('the keys of documents', () => {
  it('are what they always were', () => {
    const day = 20_619;
    const send = { id: 'snd_a', payload: '0123456789abcdef0123' };
    expect({
      event: keys.eventAddress('evt_a'),
      sink: keys.sinkAddress('crm'),
      token: keys.tokenAddress('tok_a'),
      connection: keys.connectionAddress('acme'),
      shard: [keys.shardPartition(3), keys.feedKey('acme', 'c/1')],
      tails: [keys.scanClocksPartition(3), keys.scanClocksKey(7)],
      feed: [keys.feedPartition('acme', 'c/1'), keys.chunkKey('ledger', 3)],
      rows: keys.rowsPartition('acme', 'c/1'),
      backfill: keys.backfillAddress('acme', 'c1'),
      askedBackfill: keys.askedBackfillAddress('SHARD#3', 'acme'),
      met: keys.metPartition('acme', 'c/1'),
      troubles: keys.troublesAddress('acme', 'c1'),
      star: keys.starAddress('acme', 't1'),
      send: keys.sendAddress('snd_a'),
      file: keys.sendFileAddress(send, { file: 1, part: 2 }),
      sends: [keys.sendsPartition(day), keys.sendsKey(1_781_524_800_000, 'snd_a')],
      conversation: keys.conversationAddress('acme', 't1'),
      sentOnDay: keys.sentOnDayAddress('acme', day),
      copy: keys.copyAddress,
      stats: [keys.statsAddress(day), keys.statsPartitions(day - 31, day)],
      config: [keys.currentConfigAddress, keys.configPartition('d1'), keys.configPartKey(keys.CONFIG_SINK, 12)],
      place: keys.placeAddress('acme'),
    }).toEqual({
      event: { partition: 'EVENT#evt_a', key: 'event' },
      sink: { partition: 'SINKS', key: 'crm' },
      token: { partition: 'TOKENS', key: 'tok_a' },
      connection: { partition: 'CONNECTIONS', key: 'acme' },
      shard: ['SHARD#3', 'acme/c/1'],
      tails: ['TAILS#3', '07'],
      feed: ['FEED#acme/c/1', 'ledger#03'],
      rows: 'ROWS#acme/c/1',
      backfill: { partition: 'BACKFILL#acme', key: 'c1' },
      askedBackfill: { partition: 'SHARD#3', key: 'acme/' },
      met: 'MET#acme/c/1',
      troubles: { partition: 'TROUBLES#acme', key: 'c1' },
      star: { partition: 'STARS#acme', key: 't1' },
      send: { partition: 'SEND#snd_a', key: 'send' },
      file: { partition: 'SEND#snd_a', key: 'file#0123456789abcdef#01#002' },
      sends: ['SENDS#2026-06-15', '001781524800000#snd_a'],
      conversation: { partition: 'CONVERSATION#acme#6e14051745f7649a293495ba32d21fa21d53ade3', key: 'sends' },
      sentOnDay: { partition: 'SENDING#acme', key: '2026-06-15' },
      copy: { partition: 'COPY', key: 'current' },
      stats: [{ partition: 'STATS#07', key: '11' }, ['STATS#07', 'STATS#06']],
      config: [{ partition: 'CONFIG', key: 'current' }, 'CONFIG#d1', 'sink#000012'],
      place: { partition: 'PLACES', key: 'acme' },
    });
  });

  it('are read back into what they were made of', () => {
    expect(keys.feedOfKey(keys.feedKey('acme', 'c/1'))).toEqual({ connection: 'acme', feed: 'c/1' });
    expect(keys.chunkOfKey('ledger', keys.chunkKey('ledger', 3))).toBe(3);
    expect(keys.chunkOfKey('covers', keys.chunkKey('ledger', 3))).toBeUndefined();
    expect(keys.isEventAddress(keys.eventAddress('evt_a'))).toBe(true);
    expect(keys.isSendAddress(keys.sendAddress('snd_a'))).toBe(true);
    expect(keys.isSendAddress(keys.sendFileAddress({ id: 'snd_a', payload: '' }, { file: 0, part: 0 }))).toBe(false);
  });
});
