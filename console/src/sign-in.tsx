import { useState } from 'preact/hooks';
import { keepToken } from './core/session.ts';

const focusOnce = (element: HTMLElement | null): void => element?.focus();

/** Asks for a token where the address brought none. */
export function SignIn({ refused, enter }: { readonly refused: boolean; readonly enter: (token: string) => void }) {
  const [token, setToken] = useState('');
  return (
    <main class="page sign-in">
      <h1>Open the console</h1>
      {refused && (
        <p role="alert" class="trouble">
          This token is not, or no longer, accepted. Create another one and paste it here.
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          keepToken(token);
          enter(token.trim());
        }}
      >
        <label class="stacked">
          <span>Token</span>
          <input
            type="password"
            autoComplete="off"
            ref={focusOnce}
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="main" disabled={token.trim() === ''}>
          Open
        </button>
      </form>
      <ul class="soft">
        <li>
          On one machine, <code>npm start</code> prints an address that brings its token: open that in each window.
        </li>
        <li>
          Elsewhere, make one: <code>replybus token create console</code>, with <code>--stage</code> for a deployment on
          AWS.
        </li>
        <li>It is kept in this tab only, and goes with it.</li>
      </ul>
    </main>
  );
}
