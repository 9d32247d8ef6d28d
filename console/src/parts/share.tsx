interface Part {
  readonly name: string;
  readonly count: number;
  readonly tone: 'good' | 'bad' | 'busy';
}

const WIDTH = 100;
const HEIGHT = 8;

/** How a whole is made up, as one bar; its words say the same. */
export function Share({ of, parts }: { readonly of: string; readonly parts: readonly Part[] }) {
  const total = Math.max(
    1,
    parts.reduce((sum, { count }) => sum + count, 0),
  );
  const words = `${of}: ${parts.map(({ name, count }) => `${count} ${name}`).join(', ')}`;
  let at = 0;
  return (
    <svg class="share" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words} preserveAspectRatio="none">
      {parts.map(({ name, count, tone }) => {
        const width = (count / total) * WIDTH;
        at += width;
        return <rect key={name} class={tone} x={at - width} y={0} width={width} height={HEIGHT} />;
      })}
    </svg>
  );
}
