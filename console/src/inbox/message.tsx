import { useState } from 'preact/hooks';
import type { ConversationView, MessageView } from '../core/api.ts';
import { shown, Time } from '../parts/parts.tsx';
import { sizeText } from './files.ts';
import { MailFrame } from './mail-frame.tsx';

type Lead = ConversationView['thread']['lead'];

/** A person by name: the lead has one in the thread, where the mail itself brings none. */
export const nameOf = ({ name, email }: MessageView['from'], lead: Lead): string =>
  shown(name ?? (email.toLowerCase() === lead.email.toLowerCase() ? lead.name : null) ?? email);

const people = (list: MessageView['to']) => list.map(({ name, email }) => shown(name ?? email)).join(', ');

function Attachments({ files }: { readonly files: MessageView['attachments'] }) {
  if (files.length === 0) return null;
  return (
    <ul class="files" aria-label="Attachments">
      {files.map((file, index) => (
        <li key={index}>
          {file.url !== null && /^https?:/i.test(file.url) ? (
            <a href={file.url} target="_blank" rel="noopener noreferrer nofollow">
              <bdi>{shown(file.filename)}</bdi>
            </a>
          ) : (
            <bdi>{shown(file.filename)}</bdi>
          )}{' '}
          {file.sizeBytes !== null && <small>{sizeText(file.sizeBytes)}</small>}
        </li>
      ))}
    </ul>
  );
}

/** One message: what the person wrote first, and the whole mail when it is asked for. */
export function Message({ message, lead }: { readonly message: MessageView; readonly lead: Lead }) {
  const [whole, setWhole] = useState(false);
  const name = nameOf(message.from, lead);
  const own = message.ownText ?? message.text ?? '';
  const hasMore = message.html !== null || (message.text !== null && message.text.trim() !== own.trim());
  return (
    <article
      class={`message ${message.direction}`}
      aria-label={`${message.direction === 'inbound' ? 'From' : 'Sent by'} ${name}`}
    >
      <header>
        <strong>
          <bdi>{name}</bdi>
        </strong>{' '}
        <small>
          {name !== shown(message.from.email) && <bdi>{shown(message.from.email)}</bdi>}
          {message.to.length > 0 && (
            <>
              {' '}
              to <bdi>{people(message.to)}</bdi>
            </>
          )}
          {message.cc.length > 0 && (
            <>
              , copy to <bdi>{people(message.cc)}</bdi>
            </>
          )}
        </small>
        <Time at={message.sentAt} />
      </header>
      {whole && message.html !== null ? (
        <MailFrame html={message.html} name={name} />
      ) : (
        <div class="words" dir="auto">
          {whole ? message.text : own.trim() === '' ? <em>(no words of their own)</em> : own}
        </div>
      )}
      {hasMore && (
        <button type="button" class="link" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? 'Own words only' : 'Show the whole mail'}
        </button>
      )}
      <Attachments files={message.attachments} />
    </article>
  );
}
