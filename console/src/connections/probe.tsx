import { useState } from 'preact/hooks';
import { api, type ProbeView, sentenceOf } from '../core/api.ts';
import { Badge, Loading, shown } from '../parts/parts.tsx';

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
          {shown(step)}: {shown(detail)}
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
              <td data-name="Seen">{shown(seen)}</td>
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
  const [state, setState] = useState<'running' | { readonly error: string } | ProbeView>();
  const run = async () => {
    setState('running');
    try {
      const { items } = await api.probe(id);
      setState(items[0]);
    } catch (error) {
      setState({ error: sentenceOf(error) });
    }
  };
  return (
    <div class="probe">
      <p>
        <button type="button" onClick={() => void run()} disabled={state === 'running'}>
          Run the probe
        </button>{' '}
        <small>Reads about 20 times, writes nothing, and shows what the vendor does otherwise than assumed.</small>
      </p>
      {state === 'running' && <Loading what="what the vendor does" />}
      {typeof state === 'object' && 'error' in state && <p role="alert">{state.error}</p>}
      {typeof state === 'object' && 'findings' in state && <Findings probe={state} />}
    </div>
  );
}
