/** The live width of an element, measured before each paint so that nothing jumps. */
import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

export function useWidth<T extends HTMLElement>(): [RefObject<T | null>, number] {
  const ref = useRef<T>(null);
  // Generous until measured: jsdom, which never measures, then shows everything.
  const [width, setWidth] = useState(1280);
  const measure = () => {
    const width = ref.current?.clientWidth ?? 0;
    if (width > 0) setWidth(width);
  };
  // An observer is called a frame too late for what was drawn beside the element just now.
  useLayoutEffect(measure);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element || typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}
