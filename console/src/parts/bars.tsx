import type { StatsView } from '../core/api.ts';
import { dayText } from '../core/time.ts';

const WIDTH = 600;
const HEIGHT = 140;
const GAP = 2;
/** A day with a single reply beside one with thousands still shows. */
const LEAST = 3;

/** Replies a day, those of interested leads filled; the same numbers stand in a table for who cannot see it. */
export function Bars({ days }: Pick<StatsView, 'days'>) {
  const most = Math.max(1, ...days.map(({ replies, interested }) => Math.max(replies, interested)));
  const step = WIDTH / Math.max(1, days.length);
  const height = (count: number) => (count === 0 ? 0 : Math.max(LEAST, (count / most) * HEIGHT));
  const total = days.reduce((sum, { replies }) => sum + replies, 0);
  const interested = days.reduce((sum, each) => sum + each.interested, 0);
  const words = `${total} replies in ${days.length} days, ${interested} of interested leads, at most ${most} a day.`;
  return (
    <figure class="bars">
      <div class="plot">
        <div class="scale" aria-hidden="true">
          {[most, most / 2, 0].map((count) => (
            <span key={count}>{Number.isInteger(count) ? count : ''}</span>
          ))}
        </div>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words} preserveAspectRatio="none">
          {[0, 0.5].map((share) => (
            <line key={share} class="grid" x1={0} x2={WIDTH} y1={share * HEIGHT} y2={share * HEIGHT} />
          ))}
          {days.map(({ day, replies, interested: good }, index) => (
            <g key={day}>
              <title>{`${day}: ${replies} replies, ${good} interested`}</title>
              <rect class="none" x={index * step} y={0} width={step - GAP} height={HEIGHT} />
              <rect
                class="all"
                x={index * step}
                y={HEIGHT - height(replies)}
                width={step - GAP}
                height={height(replies)}
              />
              <rect class="good" x={index * step} y={HEIGHT - height(good)} width={step - GAP} height={height(good)} />
            </g>
          ))}
        </svg>
        <div class="axis" aria-hidden="true">
          {[0, 1 / 3, 2 / 3, 1].map((share) => (
            <span key={share}>{dayText(days[Math.round(share * (days.length - 1))]?.day)}</span>
          ))}
        </div>
      </div>
      <figcaption>
        <span class="key all" aria-hidden="true" /> replies <span class="key good" aria-hidden="true" /> of interested
        leads · {words}
      </figcaption>
      <details>
        <summary>As a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col">Replies</th>
              <th scope="col">Interested</th>
            </tr>
          </thead>
          <tbody>
            {days.map(({ day, replies, interested: good }) => (
              <tr key={day}>
                <th scope="row">{day}</th>
                <td>{replies}</td>
                <td>{good}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
