/** Keeps the end of what grows in sight, unless the person has scrolled away from it. */
import { useEffect, useLayoutEffect, useRef } from 'react';

/** Nearer to the end than this, in px, counts as at the end. */
const near = 40;

/** `turns`: a change goes to the end wherever the person was. */
export function useStickToEnd(turns: number) {
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const toEnd = () => {
    if (frame.current && stuck.current) frame.current.scrollTop = frame.current.scrollHeight;
  };
  useLayoutEffect(() => {
    stuck.current = true;
    toEnd();
  }, [turns]);
  useEffect(() => {
    if (!content.current || !frame.current) return;
    const observer = new ResizeObserver(toEnd);
    observer.observe(content.current);
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const onScroll = () => {
    const { current } = frame;
    if (current) stuck.current = current.scrollHeight - current.scrollTop - current.clientHeight < near;
  };
  return { frame, content, onScroll };
}
