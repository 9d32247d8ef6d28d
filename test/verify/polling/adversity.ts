import { createSwitches, type Failing, type Switches } from '../../../sandbox/switches.ts';
import type { World } from '../../../sandbox/world.ts';
import type { WorldThread } from '../../../sandbox/world-model.ts';
import type { Random } from '../../../shared/ports.ts';
import type { TestVendor } from '../../vendors/test-vendor.ts';
import type { History } from './history.ts';
import type { Span } from './patience.ts';
import type { Rough } from './roughness.ts';
import type { Plight } from './troubles.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Scene {
  readonly world: World;
  readonly vendor: TestVendor;
  readonly history: History;
  readonly random: Random;
}

interface Refusal extends Span {
  readonly switches: Partial<Switches>;
}

/** What befalls the vendor at each moment of a run, by the switches. */
export class Adversity {
  readonly #scene: Scene;
  readonly #rough: Rough;
  readonly #plight: Plight;
  readonly #storm: Span;
  readonly #refusals: Refusal[] = [];

  constructor(scene: Scene, rough: Rough, plight: Plight, storm: Span) {
    this.#scene = scene;
    this.#rough = rough;
    this.#plight = plight;
    this.#storm = storm;
  }

  /** Asked for once at each moment, in order. */
  switchesAt(at: number): Switches {
    const { switches, untimedShare, doubledShare } = this.#plight;
    const base = { ...this.#rough.switches, ...(at < this.#storm.to ? {} : this.#rough.calm) };
    const passing = this.#passing(at);
    const failing = Object.assign(this.#failing(at), ...passing.map((each) => each.failing ?? {}));
    const rows = {
      untimedRowIds: this.#some(untimedShare, 2),
      doubledRowIds: this.#some(doubledShare, 10),
      standingRowIds: this.#scene.history.standing,
    };
    return createSwitches(Object.assign(base, switches, ...passing, this.#keys(at), rows, { failing }));
  }

  /** The one that can never be opened. */
  get closedThread(): WorldThread | undefined {
    if (this.#plight.closedThread === undefined) return undefined;
    const { world, history } = this.#scene;
    return world.thread(history.threads[Math.max(0, history.traits.threads - 3)] ?? '');
  }

  /** How far the vendor's `Date` is ahead of the truth at that moment; undefined where it gives none. */
  dateAheadMs(at: number): number | undefined {
    let { dateHeader = true, dateSkewMs = 0 } = this.#plight.switches;
    for (const passing of this.#passing(at)) ({ dateHeader = dateHeader, dateSkewMs = dateSkewMs } = passing);
    return dateHeader ? dateSkewMs : undefined;
  }

  /** When nothing could be read, or nothing but first pages. */
  silences(): readonly Span[] {
    const start = this.#storm.from;
    const outages = this.#plight.stretches.filter(
      ({ switches }) => switches.failing?.['/'] !== undefined || switches.failingBelowRow !== undefined,
    );
    return [...this.#refusals, ...outages.map(({ from, to }) => ({ from: start + from, to: start + to }))];
  }

  #passing(at: number): readonly Partial<Switches>[] {
    const since = at - this.#storm.from;
    return this.#plight.stretches.filter(({ from, to }) => since >= from && since < to).map(({ switches }) => switches);
  }

  /** This share of all threads, the same ones each time. */
  #some(share: number, from: number): readonly string[] {
    if (share === 0) return [];
    const most = Math.floor(share * 256);
    return this.#scene.history.threads.filter((id) => Number.parseInt(id.slice(from, from + 2), 16) < most);
  }

  #failing(at: number): Record<string, Failing> {
    const { vendor, history } = this.#scene;
    const { failingCampaigns, closedThread } = this.#plight;
    const failing: Record<string, Failing> = {};
    for (const { index, from, failing: how } of failingCampaigns) {
      const id = history.campaigns[index];
      if (id !== undefined && at >= this.#storm.from + from) failing[id] = how;
    }
    const closed = this.closedThread;
    if (closed && closedThread) {
      failing[vendor.provider.oneFeed ? `threads/${closed.id}` : `=${closed.leadEmail}`] = closedThread;
    }
    return failing;
  }

  /** For an hour or so the key is revoked, or has lost its scopes. */
  #keys(at: number): Partial<Switches> {
    const { random, vendor } = this.#scene;
    const { right, weak, unknown } = vendor.keys;
    const { from, to: end } = this.#storm;
    if (at < end && at > from + HOUR_MS && random() < this.#rough.refusedRate) {
      const to = at + random() * 90 * MINUTE_MS;
      this.#refusals.push({ from: at, to, switches: random() < 0.5 ? weak : unknown });
    }
    const last = this.#refusals.at(-1);
    return last && at < last.to && at < end ? last.switches : right;
  }
}
