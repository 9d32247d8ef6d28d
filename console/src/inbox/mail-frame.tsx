import { useEffect, useRef, useState } from 'preact/hooks';
import { showMail } from './safe-html.ts';

const STYLE = `
  :root { color-scheme: light; background: #fff; }
  body { margin: 0.75rem 1rem; font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; color: #16181d; }
  body > div { overflow-x: auto; }
  img { max-width: 100%; height: auto; }
  blockquote { margin: 0 0 0 4px; padding-left: 12px; border-left: 3px solid #8886; }
  table { max-width: 100%; }
`;
const HEIGHT_MAX = 20_000;

interface Properties {
  readonly html: string;
  readonly name: string;
}

/**
 * A mail in a document of its own: sandboxed, without scripts, under a policy that loads nothing from elsewhere until the
 * reader asks. Mails are written for white paper, so they get it in the dark as well.
 */
export function MailFrame({ html, name }: Properties) {
  const [images, setImages] = useState(false);
  const [left, setLeft] = useState({ remoteImages: 0, cut: false });
  const [height, setHeight] = useState(80);
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const fill = () => {
      const inside = element.contentDocument;
      if (!inside?.body || inside.URL === 'about:blank') return;
      const style = inside.createElement('style');
      style.textContent = STYLE;
      inside.head.replaceChildren(style);
      setLeft(showMail(html, inside, images));
      const measure = () => setHeight(Math.min(HEIGHT_MAX, inside.documentElement.scrollHeight + 2));
      measure();
      new ResizeObserver(measure).observe(inside.body);
    };
    fill();
    element.addEventListener('load', fill);
    return () => element.removeEventListener('load', fill);
  }, [html, images]);
  return (
    <div class="mail">
      {left.remoteImages > 0 && !images && (
        <p class="notice">
          {left.remoteImages === 1 ? 'A picture was' : `${left.remoteImages} pictures were`} not loaded: the sender
          would learn that you read this.{' '}
          <button type="button" class="link" onClick={() => setImages(true)}>
            Load pictures
          </button>
        </p>
      )}
      <iframe
        key={images ? 'images' : 'plain'}
        ref={frame}
        title={`Mail from ${name}`}
        src={images ? '/mail-images.html' : '/mail.html'}
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        height={height}
      />
      {left.cut && <p class="notice">This mail is very long; only its beginning is shown.</p>}
    </div>
  );
}
