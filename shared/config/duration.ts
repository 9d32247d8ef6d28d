const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** "30m", "24h", "7d" in milliseconds; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,5})([smhdw])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined || !isUnit(unit)) return undefined;
  const ms = Number(count) * UNIT_MS[unit];
  return ms > 0 ? ms : undefined;
}

const isUnit = (unit: string): unit is keyof typeof UNIT_MS => unit in UNIT_MS;
