import { useState } from 'preact/hooks';
import type { ConnectionView } from './core/api.ts';
import { Loading } from './parts/parts.tsx';

interface Vendor {
  readonly id: string;
  readonly label: string;
  /** Where its key lies in the environment. */
  readonly variable: string;
}

/** The sandbox has an account at every vendor there is. */
function vendorsOf(connections: readonly ConnectionView[]): readonly Vendor[] {
  const byId = new Map(connections.map(({ provider, providerName }) => [provider, providerName]));
  return [...byId].map(([id, label]) => ({ id, label, variable: `${id.toUpperCase()}_API_KEY` }));
}

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

function configOf(name: string, vendor: Vendor): string {
  return JSON.stringify(
    {
      connections: [{ id: name, provider: vendor.id, apiKey: `env:${vendor.variable}` }],
      sinks: [{ id: 'terminal', type: 'stdout' }],
    },
    null,
    2,
  );
}

/** From the sandbox to a real account. The key is never typed into this page: it stays in your environment. */
export function Start({ connections }: { readonly connections: readonly ConnectionView[] }) {
  const vendors = vendorsOf(connections);
  const [chosen, setChosen] = useState<string>();
  const [name, setName] = useState('acme');
  const [copied, setCopied] = useState(false);
  const vendor = vendors.find(({ id }) => id === chosen) ?? vendors[0];
  if (!vendor) return <Loading what="the vendors" />;
  const config = configOf(name, vendor);
  return (
    <main class="page start">
      <h1>Connect a real account</h1>
      <ol class="steps">
        <li class="card">
          <h2>1. Choose</h2>
          <div class="choices">
            {vendors.map((each) => (
              <button key={each.id} type="button" aria-pressed={each === vendor} onClick={() => setChosen(each.id)}>
                {each.label}
              </button>
            ))}
            <label>
              Name of the connection{' '}
              <input
                value={name}
                maxLength={63}
                onInput={(event) => setName(event.currentTarget.value.toLowerCase())}
              />
            </label>
          </div>
          {!NAME.test(name) && <p role="alert">Small letters, digits and hyphens, beginning with a letter or digit.</p>}
        </li>
        <li class="card">
          <h2>2. Write this as replybus.config.json</h2>
          <pre>{config}</pre>
          <button
            type="button"
            onClick={() => {
              void navigator.clipboard.writeText(config).then(() => setCopied(true));
            }}
          >
            Copy
          </button>{' '}
          <span role="status">{copied && 'Copied.'}</span>
        </li>
        <li class="card">
          <h2>3. Start again with your key</h2>
          <pre>{`export ${vendor.variable}=…   # your key from ${vendor.label}\nnpx replybus doctor        # tries the key, says what to fix\nnpm start`}</pre>
          <p>
            The key stays in your environment: it is never written into a file or typed into this page. Switching an
            account on tells nothing old.
          </p>
        </li>
      </ol>
    </main>
  );
}
