import { useRef, useState } from 'preact/hooks';
import type { ConnectionView } from '../core/api.ts';
import { shown } from '../parts/parts.tsx';
import { type ChosenFile, fileByAddress, readFile, sizeText } from './files.ts';

interface Properties {
  readonly takes: ConnectionView['can']['reply']['attachments'];
  readonly files: readonly ChosenFile[];
  change(files: readonly ChosenFile[]): void;
}

function ByContent({ add }: { readonly add: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="quiet" onClick={() => input.current?.click()}>
        Attach files
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to attach"
        onChange={(event) => {
          add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
    </>
  );
}

function ByAddress({ add }: { readonly add: (file: ChosenFile) => void }) {
  const [address, setAddress] = useState('');
  const file = fileByAddress(address);
  return (
    <span class="by-address">
      <input
        type="url"
        value={address}
        placeholder="https://… address of a file"
        aria-label="Address of a file to attach"
        onInput={(event) => setAddress(event.currentTarget.value)}
      />
      <button
        type="button"
        class="quiet"
        disabled={!file}
        onClick={() => {
          if (file) add(file);
          setAddress('');
        }}
      >
        Attach
      </button>
    </span>
  );
}

/** How a file gets into a mail, in the way that its vendor takes them. */
export function Attach({ takes, files, change }: Properties) {
  const add = async (chosen: readonly File[]) => change([...files, ...(await Promise.all(chosen.map(readFile)))]);
  return takes.by === 'content' ? (
    <ByContent add={(chosen) => void add(chosen)} />
  ) : (
    <ByAddress add={(file) => change([...files, file])} />
  );
}

export function AttachedFiles({ files, change }: Omit<Properties, 'takes'>) {
  if (files.length === 0) return null;
  return (
    <ul class="files" aria-label="Attached files">
      {files.map((file) => (
        <li key={file.url ?? file.filename}>
          <bdi>{shown(file.filename)}</bdi> {file.bytes > 0 && <small>{sizeText(file.bytes)}</small>}
          <button
            type="button"
            class="quiet"
            aria-label={`Remove ${shown(file.filename)}`}
            onClick={() => change(files.filter((each) => each !== file))}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}
