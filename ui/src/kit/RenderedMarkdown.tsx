/** The renderer behind `Markdown`, loaded with the first answer. */
import { clsx } from 'clsx';
import { isValidElement, type ReactNode, useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import ReactMarkdown, { type Components } from 'react-markdown';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';
import { CopyButton } from './CopyButton';
import type { CodeToken } from './shiki';

/** What the sanitizer puts before each id of an answer, and not before the links to it. */
const idPrefix = defaultSchema.clobberPrefix ?? '';

const heading = 'mt-12 mb-4 font-strong first:mt-0';

/** Each block runs the way that its own first letters do. */
const components: Components = {
  h1: ({ children }) => (
    <h3 dir="auto" className={clsx(heading, 'text-15')}>
      {children}
    </h3>
  ),
  h2: ({ children }) => (
    <h3 dir="auto" className={clsx(heading, 'text-15')}>
      {children}
    </h3>
  ),
  h3: ({ children }) => (
    <h4 dir="auto" className={heading}>
      {children}
    </h4>
  ),
  h4: ({ children }) => (
    <h5 dir="auto" className={heading}>
      {children}
    </h5>
  ),
  p: ({ children }) => (
    <p dir="auto" className="my-8 first:mt-0 last:mb-0">
      {children}
    </p>
  ),
  ul: ({ children }) => (
    <ul dir="auto" className="my-8 list-disc ps-20">
      {children}
    </ul>
  ),
  ol: ({ children, start }) => (
    <ol dir="auto" start={start} className="my-8 list-decimal ps-20">
      {children}
    </ol>
  ),
  li: ({ id, children }) => (
    <li id={id} className="my-2">
      {children}
    </li>
  ),
  strong: ({ children }) => <strong className="font-strong">{children}</strong>,
  a: Link,
  blockquote: ({ children }) => (
    <blockquote className="my-8 border-l-2 border-line-2 pl-12 text-text-2">{children}</blockquote>
  ),
  hr: () => <hr className="my-12 border-line-2" />,
  table: ({ children }) => (
    <div className="my-8 overflow-x-auto">
      <table className="border-collapse text-12">{children}</table>
    </div>
  ),
  th: ({ children }) => (
    <th className="border-b border-line-2 px-8 py-4 text-start font-medium" dir="auto">
      {children}
    </th>
  ),
  td: ({ children }) => (
    <td dir="auto" className="border-b border-line-1 px-8 py-4 align-top">
      {children}
    </td>
  ),
  code: ({ children }) => <code className="rounded-control bg-surface-3 px-4 text-12">{children}</code>,
  pre: ({ children }) => <Fence>{children}</Fence>,
  // A picture an answer links to is not loaded: that would tell a stranger who reads it.
  img: ({ alt, src }) => <Link href={typeof src === 'string' ? src : undefined}>{alt || src}</Link>,
};

export default function RenderedMarkdown({ text }: { text: string }) {
  // Each answer counts its footnotes from one.
  const clobberPrefix = `${useId()}-`;
  return (
    <ReactMarkdown
      remarkPlugins={[remarkGfm]}
      remarkRehypeOptions={{ clobberPrefix }}
      rehypePlugins={[rehypeSanitize]}
      components={components}
    >
      {text}
    </ReactMarkdown>
  );
}

interface LinkProps {
  id?: string | undefined;
  href?: string | undefined;
  children?: ReactNode;
}

/** To a footnote and back, or out of Patchbay. An answer knows no other place here, so the rest is text. */
function Link({ id, href = '', children }: LinkProps) {
  const className = 'text-accent-ink underline underline-offset-2';
  if (href.startsWith('#')) {
    return (
      <a
        id={id}
        href={href}
        className={className}
        onClick={(event) => {
          event.preventDefault();
          document.getElementById(`${idPrefix}${href.slice(1)}`)?.scrollIntoView({ block: 'nearest' });
        }}
      >
        {children}
      </a>
    );
  }
  if (!/^(https?|mailto):/i.test(href)) return children;
  return (
    <a href={href} target="_blank" rel="noreferrer noopener" className={className}>
      {children}
    </a>
  );
}

function Fence({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const code = isValidElement<{ className?: string; children?: ReactNode }>(children) ? children.props : {};
  const language = /language-(\S+)/.exec(code.className ?? '')?.[1] ?? '';
  const text = String(code.children ?? '').replace(/\n$/, '');
  return (
    <figure className="group relative my-8 rounded-panel border border-line-2 bg-surface-2">
      <div className="absolute top-4 right-4 z-10 rounded-control bg-surface-2 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100">
        <CopyButton text={text} name={t('action.copy')} size="small" />
      </div>
      {/* Scrolls sideways, so the keyboard must reach it. */}
      <pre tabIndex={0} className="overflow-x-auto rounded-panel px-12 py-8 text-12 leading-[1.1875rem]">
        <code>
          <Highlighted text={text} language={language} />
        </code>
      </pre>
    </figure>
  );
}

/** Plain at once, coloured when the grammar is there; a growing text keeps its last colours until then. */
function Highlighted({ text, language }: { text: string; language: string }) {
  const [lines, setLines] = useState<{ text: string; tokens: CodeToken[][] } | null>(null);
  useEffect(() => {
    let left = false;
    void import('./shiki')
      .then(({ highlight }) => highlight(text, language))
      .then((tokens) => {
        if (!left && tokens) setLines({ text, tokens });
      });
    return () => {
      left = true;
    };
  }, [text, language]);
  if (!lines || !text.startsWith(lines.text)) return text;
  return (
    <>
      {lines.tokens.map((line, at) => (
        // Lines have no identity but their place.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={at}>
          {at > 0 && '\n'}
          {line.map((token, position) => (
            // oxlint-disable-next-line react/no-array-index-key
            <span key={position} style={{ color: token.colour }}>
              {token.text}
            </span>
          ))}
        </span>
      ))}
      {text.slice(lines.text.length)}
    </>
  );
}
