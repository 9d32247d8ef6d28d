import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type ConnectionView, type ThreadFilter } from '../core/api.ts';
import { useLoad } from '../core/load.ts';
import { labelText, shown } from '../parts/parts.tsx';

interface Properties {
  readonly filter: ThreadFilter;
  readonly connections: readonly ConnectionView[];
  readonly labels: readonly string[];
  change(filter: ThreadFilter): void;
  /** From the search to what it found. */
  leave(): void;
}

const TYPING_MS = 350;

const SWITCHES = [
  ['interested', 'Interested'],
  ['unread', 'Unread'],
  ['starred', 'Starred'],
  ['sent', 'Sent'],
] as const;

function without(filter: ThreadFilter, name: keyof ThreadFilter): ThreadFilter {
  const { [name]: _, ...rest } = filter;
  return rest;
}

function Search({ filter, change, leave }: Pick<Properties, 'filter' | 'change' | 'leave'>) {
  const [words, setWords] = useState(filter.search ?? '');
  const latest = useRef({ filter, change });
  latest.current = { filter, change };
  useEffect(() => {
    const timer = setTimeout(() => {
      const { filter: now, change: tell } = latest.current;
      if ((now.search ?? '') !== words.trim())
        tell(words.trim() === '' ? without(now, 'search') : { ...now, search: words.trim() });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [words]);
  const press = (event: KeyboardEvent) => {
    const { key } = event;
    // With words in it, Esc takes them out, as in every search field.
    if (key !== 'Enter' && key !== 'ArrowDown' && !(key === 'Escape' && words === '')) return;
    event.preventDefault();
    leave();
  };
  return (
    <input
      id="search"
      type="search"
      value={words}
      placeholder="Search"
      aria-keyshortcuts="/"
      aria-label="Search threads"
      onInput={(event) => setWords(event.currentTarget.value)}
      onKeyDown={press}
    />
  );
}

interface ChoiceProperties {
  readonly name: string;
  readonly value: string | undefined;
  readonly choices: readonly (readonly [value: string, label: string])[];
  choose(value: string): void;
}

function Choice({ name, value, choices, choose }: ChoiceProperties) {
  if (choices.length === 0) return null;
  return (
    <select aria-label={name} value={value ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
      <option value="">{name}</option>
      {choices.map(([each, label]) => (
        <option key={each} value={each}>
          {shown(label)}
        </option>
      ))}
    </select>
  );
}

/** What the inbox shows: every filter that the API has. */
export function Filters({ filter, connections, labels, change, leave }: Properties) {
  const campaigns = useLoad('campaigns', async () => await api.campaigns());
  const set = (name: keyof ThreadFilter, value: string) =>
    change(value === '' ? without(filter, name) : { ...filter, [name]: value });
  const offered = (campaigns.value?.items ?? []).filter(
    ({ connection }) => filter.connection === undefined || connection === filter.connection,
  );
  return (
    <search class="filters">
      <Search filter={filter} change={change} leave={leave} />
      <div class="choices">
        {connections.length > 1 && (
          <Choice
            name="Connection"
            value={filter.connection}
            choices={connections.map(({ id }) => [id, id])}
            choose={(value) =>
              change(
                value === ''
                  ? without(without(filter, 'connection'), 'campaign')
                  : { ...without(filter, 'campaign'), connection: value },
              )
            }
          />
        )}
        <Choice
          name="Campaign"
          value={filter.campaign}
          choices={offered.map(({ id, name }) => [id, name])}
          choose={(value) => set('campaign', value)}
        />
        <Choice
          name="Label"
          value={filter.intent}
          choices={labels.map((label) => [label, labelText(label)])}
          choose={(value) => set('intent', value)}
        />
      </div>
      <div class="switches">
        {SWITCHES.map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-pressed={filter[name] === true}
            onClick={() => change(filter[name] ? without(filter, name) : { ...filter, [name]: true })}
          >
            {label}
          </button>
        ))}
      </div>
    </search>
  );
}
