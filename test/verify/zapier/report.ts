import type { Figures } from './oracle.ts';
import type { Result } from './simulate.ts';

const FINDINGS_SHOWN = 4;

/** What many seeds show together. */
export class Sum {
  seeds = 0;
  failed = 0;
  readonly #figures = new Map<string, number>();

  /** How to replay the seed and what was found; empty when all was well. */
  add({ seed, vendor, figures, findings }: Result): string {
    this.seeds += 1;
    for (const [name, value] of Object.entries(figures)) {
      const budgeted = name === 'minuteMax' || name === 'hourMax' ? `${name} ${vendor}` : name;
      const known = this.#figures.get(budgeted) ?? 0;
      this.#figures.set(budgeted, name.endsWith('Max') ? Math.max(known, value) : known + value);
    }
    if (findings.length === 0) return '';
    this.failed += 1;
    const replay = `seed ${seed} (${vendor}) failed; replay: npm run zapier:simulate -- --from ${seed} --seeds 1`;
    return [replay, ...findings.slice(0, FINDINGS_SHOWN).map((finding) => `  ${finding}`)].join('\n');
  }

  of(name: keyof Figures): number {
    return this.#figures.get(name) ?? 0;
  }

  figures(): Readonly<Record<string, number>> {
    const { seeds, failed } = this;
    const mean = this.of('calls') / Math.max(1, this.of('polls'));
    return { seeds, failed, ...Object.fromEntries(this.#figures), callsMean: Math.round(mean * 100) / 100 };
  }
}
