/** A model's answer as formatted text. Nothing in it can run: raw HTML is dropped, links are checked. */
import { lazy, Suspense } from 'react';

const Rendered = lazy(() => import('./RenderedMarkdown'));

/** Until the renderer is there the text stands as it is, in the same measure. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="min-w-0 [overflow-wrap:anywhere]">
      <Suspense
        fallback={
          <p dir="auto" className="whitespace-pre-wrap">
            {text}
          </p>
        }
      >
        <Rendered text={text} />
      </Suspense>
    </div>
  );
}
