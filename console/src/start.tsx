import { useState } from 'preact/hooks';
import { useAction } from './core/action.ts';
import { api, type KeyTrialView, type ProviderView, type WrittenConfigView } from './core/api.ts';
import { useLoad } from './core/load.ts';
import { Badge, Loading, shown, Trouble } from './parts/parts.tsx';

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

function configOf(name: string, { id, variable }: ProviderView): string {
  const config = {
    connections: [{ id: name, provider: id, apiKey: `env:${variable}` }],
    sinks: [{ id: 'terminal', type: 'stdout' }],
  };
  return JSON.stringify(config, null, 2);
}

function campaignsText({ campaigns }: KeyTrialView): string {
  if (campaigns === null) return 'It may not list campaigns; all of its replies are read.';
  return campaigns === 1 ? 'It sees one campaign.' : `It sees ${campaigns} campaigns.`;
}

/** The key lives in this form alone, and is gone with it. */
function KeyTrial({ vendor }: { readonly vendor: ProviderView }) {
  const [key, setKey] = useState('');
  const { value, problem, isRunning, run, clear } = useAction<KeyTrialView>();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void run(() => api.tryKey(vendor.id, key.trim()));
      }}
    >
      <div class="choices">
        <label>
          Your key from {vendor.label}{' '}
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={key}
            onInput={(event) => {
              setKey(event.currentTarget.value);
              clear();
            }}
          />
        </label>
        <button type="submit" disabled={key.trim() === '' || isRunning}>
          Try it
        </button>
      </div>
      <p>
        It is sent to {vendor.label} once, to see what it opens, and forgotten: nothing stores or logs it. You can skip
        this step.
      </p>
      <div role="status">
        {isRunning && <Loading what={`what ${vendor.label} says`} />}
        {value && (
          <p>
            {value.warning === null ? <Badge tone="good">it works</Badge> : <Badge tone="warn">look again</Badge>}{' '}
            {value.warning === null ? campaignsText(value) : shown(value.warning)}
          </p>
        )}
      </div>
      {problem && <p role="alert">{shown(problem)}</p>}
    </form>
  );
}

function Write({ name, vendor }: { readonly name: string; readonly vendor: ProviderView }) {
  const [isAsked, setAsked] = useState(false);
  const { value, problem, run } = useAction<WrittenConfigView>();
  const write = () => {
    setAsked(false);
    void run(() => api.writeConfig(name, vendor.id));
  };
  return (
    <>
      {isAsked ? (
        <p class="notice">
          This writes replybus.config.json into the folder in which Replybus was started, if there is none yet. The key
          is not in it. From then on "npm start" there runs your account in place of the sandbox.{' '}
          <button type="button" class="main" onClick={write}>
            Write the file
          </button>{' '}
          <button type="button" onClick={() => setAsked(false)}>
            Leave it
          </button>
        </p>
      ) : (
        <button type="button" onClick={() => setAsked(true)}>
          Write it for me …
        </button>
      )}{' '}
      <span role="status">{value && `Written: ${shown(value.file)}`}</span>
      {problem && <p role="alert">{shown(problem)}</p>}
    </>
  );
}

function Copy({ text, what }: { readonly text: string; readonly what: string }) {
  const [copied, setCopied] = useState<string>();
  return (
    <>
      <button
        type="button"
        onClick={() => {
          void navigator.clipboard.writeText(text).then(() => setCopied(text));
        }}
      >
        Copy<span class="unseen"> {what}</span>
      </button>{' '}
      <span role="status">{copied === text && 'Copied.'}</span>
    </>
  );
}

/** From nothing, or the sandbox, to an account of one's own. */
export function Start() {
  const { value, error, reload } = useLoad('providers', api.providers);
  const [chosen, setChosen] = useState<string>();
  const [name, setName] = useState('acme');
  if (error) return <Trouble error={error} retry={reload} />;
  const vendors = value?.items ?? [];
  const vendor = vendors.find(({ id }) => id === chosen) ?? vendors[0];
  if (!vendor) return <Loading what="the vendors" />;
  const config = configOf(name, vendor);
  const lines = `export ${vendor.variable}=…   # your key\nnpx replybus doctor   # tries it, says what to fix\nnpm start`;
  return (
    <main class="page start">
      <h1>Connect a real account</h1>
      <ol class="steps">
        <li class="card">
          <h2>1. Choose the vendor</h2>
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
          <h2>2. Try your key</h2>
          <KeyTrial key={vendor.id} vendor={vendor} />
        </li>
        <li class="card">
          <h2>3. Write this as replybus.config.json</h2>
          <pre>{config}</pre>
          <Copy text={config} what="the config" /> <Write name={name} vendor={vendor} />
        </li>
        <li class="card">
          <h2>4. Start again with your key</h2>
          <pre>{lines}</pre>
          <Copy text={lines} what="the commands" />
          <p>
            In the same folder, with your key in place of the dots. It stays in your environment and is in no file.
            Switching an account on tells nothing old.
          </p>
        </li>
      </ol>
    </main>
  );
}
