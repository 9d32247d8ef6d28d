import { useAction } from '../core/action.ts';
import { api, type ProbeView } from '../core/api.ts';
import { Badge, Loading, said, shown } from '../parts/parts.tsx';

type State = ProbeView['findings'][number]['state'];

const STATES: Readonly<Record<State, readonly [tone: string, words: string]>> = {
  'as-assumed': ['good', 'as assumed'],
  otherwise: ['warn', 'otherwise'],
  'not-seen': ['plain', 'not seen'],
};

function Findings({ probe: { findings, failures } }: { readonly probe: ProbeView }) {
  return (
    <>
      {failures.map(({ step, detail }) => (
        <p key={step} role="alert">
          {shown(step)}: {said(detail)}
        </p>
      ))}
      <table class="findings">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Assumed</th>
            <th scope="col">Seen</th>
            <th scope="col">So</th>
          </tr>
        </thead>
        <tbody>
          {findings.map(({ subject, assumed, seen, state, follows }) => (
            <tr key={subject}>
              <th scope="row">
                {shown(subject)} <Badge tone={STATES[state][0]}>{STATES[state][1]}</Badge>
              </th>
              <td data-name="Assumed">{shown(assumed)}</td>
              <td data-name="Seen">{said(seen)}</td>
              <td data-name="So">{shown(follows)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** Holds the vendor against what is assumed of it, and shows what was seen. */
export function Probe({ id }: { readonly id: string }) {
  const { value, problem, isRunning, run } = useAction<ProbeView | undefined>();
  return (
    <div class="probe">
      <p>
        <button type="button" onClick={() => void run(async () => (await api.probe(id)).items[0])} disabled={isRunning}>
          Run the probe
        </button>{' '}
        <small>Reads about 20 times, writes nothing, and shows what the vendor does otherwise than assumed.</small>
      </p>
      {isRunning && <Loading what="what the vendor does" />}
      {problem && <p role="alert">{problem}</p>}
      {value && <Findings probe={value} />}
    </div>
  );
}
